/**
 * JSON values for generated cases: any that an event can carry, and often one of a few plain
 * ones, since what matters in a merge is that two sides agree or nearly agree.
 */
import fc from 'fast-check';
import { jsonProblem } from '../../domain/shared/json-check.js';
import type { Json } from '../../domain/shared/json.js';

/** Any JSON, with the values that are taken for each other more often. */
export const jsonValues = (): fc.Arbitrary<Json> =>
  fc.oneof({ arbitrary: fc.constantFrom(...plainValues), weight: 3 }, { arbitrary: anyJson, weight: 1 });

const plainValues: readonly Json[] = [
  null, false, true, 0, 1, 2.5, -3, '', 'todo', 'done', 'Done', 'é',
  '2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z',
  [], ['a'], ['b', 'a'], [1, 'a', null], {}, { a: 1 }, { a: 1, b: ['a'] }, { $increment: 1 },
]; // prettier-ignore

const anyJson = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => jsonProblem(value, 'the value') === undefined) as fc.Arbitrary<Json>;
