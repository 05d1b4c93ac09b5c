/**
 * A set holds each member once; who adds and who removes needs to know of no other (R34).
 *
 * A remove takes away the additions that its author had seen, so an addition that it had not
 * seen wins. Members are compared by canonical JSON, and shown in that order.
 */
import { canonicalJson } from '../shared/canonical-json.js';
import type { Json } from '../shared/json.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import { clearingOf, misfitNote, withNotes } from './clearing.js';
import type { FieldDefinition } from './field-definition.js';
import { isOperation, type Accumulated, type FieldHistory, type FieldKind, type Misfit } from './field-kind.js';
import { isSchema, schemaCheck, type SchemaOf } from './schema.js';

/** Adds to a set and removes from it; what is in both is added. */
export type SetChange<Member> = {
  readonly $add?: readonly Member[];
  readonly $remove?: readonly Member[];
};

/** Adds to a set; `{ ...add('x'), ...remove('y') }` does both. */
export const add = <Members extends readonly unknown[]>(...members: Members): { readonly $add: Members } => ({
  $add: members,
});

/** Removes what its author sees in a set. */
export const remove = <Members extends readonly unknown[]>(...members: Members): { readonly $remove: Members } => ({
  $remove: members,
});

/** A field of members without order; a plain list sets it. */
export type SetField<Member> = FieldDefinition<
  readonly Member[],
  'set',
  readonly Member[] | SetChange<Member>,
  readonly Member[]
>;

/** Declares a set; the schema is that of a member. */
export const set = <Member = Json>(schema?: SchemaOf<Member>): SetField<Member> => {
  if (schema !== undefined && !isSchema(schema))
    throw invalidPolicy('set takes a schema of its members that follows Standard Schema, or none');
  const check = schema === undefined ? undefined : schemaCheck(schema);
  return {
    kind: setKind,
    options: {},
    default: [],
    ...(schema === undefined ? {} : { schema: schema['~standard'].vendor }),
    ...(check === undefined ? {} : { validate: (value) => memberProblem(value, check) }),
  };
};

const memberProblem = (value: unknown, check: (member: unknown) => string | undefined): string | undefined => {
  const members: unknown = isOperation(value) ? (value['$add'] ?? []) : value;
  if (!Array.isArray(members)) return undefined;
  for (const member of members) {
    const problem = check(member);
    if (problem !== undefined) return `${JSON.stringify(member)}: ${problem}`;
  }
  return undefined;
};

interface Reading {
  readonly clears: boolean;
  readonly adds: readonly Json[];
  readonly removes: readonly Json[];
}

const read = (value: Json | undefined, operation: string): Reading | Misfit => {
  if (value === undefined) return { clears: true, adds: [], removes: [] };
  if (isList(value)) return { clears: true, adds: value, removes: [] };
  if (!isOperation(value))
    return {
      code: 'invalid_operation',
      message: 'a set is given as a list, and changed by { "$add": [...], "$remove": [...] }',
    };
  const unknown = Object.keys(value).find((key) => key !== '$add' && key !== '$remove');
  if (unknown !== undefined)
    return { code: 'unknown_operation', message: `a set knows no "${unknown}": use "$add" and "$remove"` };
  if (operation === 'create') return { code: 'invalid_operation', message: 'a create gives a set a plain list' };
  const { $add = [], $remove = [] } = value;
  return isList($add) && isList($remove)
    ? { clears: false, adds: $add, removes: $remove }
    : { code: 'invalid_operation', message: '"$add" and "$remove" are lists of members' };
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isMisfit = (reading: Reading | Misfit): reading is Misfit => 'code' in reading;

interface MemberWrites {
  readonly member: Json;
  readonly adds: number[];
  readonly removes: number[];
}

const accumulate = (state: Accumulated, history: FieldHistory): Accumulated => {
  const clears: number[] = [];
  const misfits: number[] = [];
  const touched = new Map<string, MemberWrites>();
  const touch = (member: Json): MemberWrites => {
    const key = canonicalJson(member);
    let known = touched.get(key);
    if (known === undefined) {
      // Equal members in other words are one member, shown in the same words everywhere.
      known = { member: typeof member === 'object' ? (JSON.parse(key) as Json) : member, adds: [], removes: [] };
      touched.set(key, known);
    }
    return known;
  };
  for (const [place, { value, event }] of history.writes.entries()) {
    const reading = read(value, event.operation);
    if (isMisfit(reading)) misfits.push(place);
    else {
      if (reading.clears) clears.push(place);
      for (const member of reading.removes) touch(member).removes.push(place);
      for (const member of reading.adds) touch(member).adds.push(place);
    }
  }
  const clearing = clearingOf(history, clears);
  const members = new Map<string, Json>();
  if (!clearing.clearsAll)
    for (const member of state.value as readonly Json[]) members.set(canonicalJson(member), member);
  for (const [key, { member, adds, removes }] of touched) {
    const isThere = adds.some(
      (place) => !clearing.isCleared(place) && !removes.some((removal) => history.hasSeen(removal, place)),
    );
    if (isThere) members.set(key, member);
    // Whoever removes it in the list has seen what lies before the list.
    else if (removes.length > 0) members.delete(key);
  }
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
  return withNotes(sorted, misfitNote(state.notes, misfits, clearing));
};

export const setKind: FieldKind & { readonly name: 'set' } = {
  name: 'set',
  refuse: (value, operation) => {
    const reading = read(value, operation);
    return isMisfit(reading) ? reading : undefined;
  },
  accumulator: { initial: { value: [] }, accumulate },
};
