/**
 * A list merges item by item: who inserts, deletes or moves on at different places, or at one,
 * loses nothing (R36). Items are any JSON and are not changed in place: to change one is to splice
 * another into its place.
 */
import type { Json } from '../shared/json.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import type { FieldDefinition } from './field-definition.js';
import { isOperation, type FieldKind } from './field-kind.js';
import { isSchema, schemaCheck, type SchemaOf } from './schema.js';
import { sequenceAccumulator } from './sequence/accumulate-sequence.js';
import { listContent } from './sequence/content.js';
import { refuseSequenceWrite } from './sequence/splices.js';
import type { SpliceChange } from './text.js';

/** A field of items in an order; a plain list takes the place of everything. */
export type List<Item> = FieldDefinition<
  readonly Item[],
  'list',
  readonly Item[] | SpliceChange<readonly Item[]>,
  readonly Item[]
>;

/** Declares a list; the schema is that of an item. */
export const list = <Item = Json>(schema?: SchemaOf<Item>): List<Item> => {
  if (schema !== undefined && !isSchema(schema))
    throw invalidPolicy('list takes a schema of its items that follows Standard Schema, or none');
  const check = schema === undefined ? undefined : schemaCheck(schema);
  return {
    kind: listKind,
    options: {},
    default: [],
    ...(schema === undefined ? {} : { schema: schema['~standard'].vendor }),
    ...(check === undefined ? {} : { validate: (value) => itemProblem(value, check) }),
  };
};

const itemProblem = (value: unknown, check: (item: unknown) => string | undefined): string | undefined => {
  for (const item of itemsIn(value)) {
    const problem = check(item);
    if (problem !== undefined) return `${JSON.stringify(item)}: ${problem}`;
  }
  return undefined;
};

/** Items of a whole list, or those that splices insert; the form was checked before. */
const itemsIn = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  const splices: unknown = isOperation(value) ? value['$splice'] : undefined;
  return Array.isArray(splices) ? splices.flatMap((splice: readonly unknown[]) => splice[2] ?? []) : [];
};

export const listKind: FieldKind & { readonly name: 'list' } = {
  name: 'list',
  refuse: (value, operation, seen) => refuseSequenceWrite(value, operation, seen, listContent),
  accumulator: sequenceAccumulator(listContent),
};
