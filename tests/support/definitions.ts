/** Schemas and a field kind as an embedder would bring them, in a few lines each. */
import type { FieldDefinition } from '../../src/domain/fields/field-definition.js';
import type { SchemaOf } from '../../src/domain/fields/schema.js';

/** A schema of a made-up library. */
export const schemaOf = <Value>(what: string, fits: (value: unknown) => boolean): SchemaOf<Value> => ({
  '~standard': {
    version: 1,
    vendor: 'tiny',
    validate: (value) => (fits(value) ? { value } : { issues: [{ message: `must be ${what}` }] }),
  },
});

export const text = schemaOf<string>('a text', (value) => typeof value === 'string');
export const number = schemaOf<number>('a number', (value) => typeof value === 'number');

export interface Increment {
  readonly $increment: number;
}

/** A kind that merges by itself. */
export const tally = (): FieldDefinition<number, 'tally', number | Increment, number> => ({
  kind: {
    name: 'tally',
    refuse: () => undefined,
    accumulator: { initial: { value: 0 }, accumulate: (state) => state },
  },
  options: {},
});
