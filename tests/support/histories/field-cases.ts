/** Counters, sets, lists and texts beside a register: plain values and operations, fitting and not. */
import {
  counter,
  defineResource,
  list,
  set,
  text,
  type FieldMap,
} from '../../../src/domain/resource-definition/index.js';
import type { Json } from '../../../src/domain/shared/json.js';
import { definePolicy } from '../../../src/domain/strategies/index.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import type { HistoryOptions } from './history.js';

const counts: readonly Json[] = [
  { $increment: 1 },
  { $increment: -3 },
  { $increment: Number.MAX_SAFE_INTEGER },
  { $increment: Number.MAX_SAFE_INTEGER - 1 },
  0,
  7,
  '9007199254740993',
  { $increment: 0.5 },
  { $decrement: 1 },
  'many',
];
const members: readonly Json[] = [
  ['a', 'b'],
  [],
  { $add: ['a'] },
  { $add: ['b', { y: 1, x: 2 }] },
  { $remove: ['a'] },
  { $remove: [{ x: 2, y: 1 }], $add: ['a'] },
  { $remove: ['b'] },
  { $add: 'a' },
  { $union: ['a'] },
];

const insertions: readonly Json[] = [
  [1, 2, 3],
  { $splice: [[0, 0, ['x']]] },
  { $splice: [[1, 1, []]] },
  {
    $splice: [
      [0, 1, ['y', { z: null }]],
      [2, 0, ['w', 'w']],
    ],
  },
  { $splice: [[2, 0, [['nested']]]] },
  { $splice: [[9, 0, ['far']]] },
  { $splice: [[0, 2, []]] },
  { $push: ['x'] },
];
const typing: readonly Json[] = [
  'hello',
  '',
  { $splice: [[0, 0, 'ab']] },
  { $splice: [[1, 0, 'c']] },
  { $splice: [[2, 1, '']] },
  {
    $splice: [
      [0, 2, 'xyz'],
      [3, 1, ''],
    ],
  },
  { $splice: [[1, 0, '😀']] },
  { $splice: [[2, 0, '-']] },
  { $splice: [[40, 0, 'far']] },
  { $splice: [[0, 0, 1]] },
];

/** A field of each kind that merges by itself. */
export const kinds: FieldMap = { votes: counter(), tags: set(), steps: list(), notes: text() };
const valuesByField = { votes: counts, tags: members, steps: insertions, notes: typing };

/** A policy of two types with these fields. */
export const policyOf = (fields: FieldMap): Policy =>
  definePolicy({
    name: 'fields',
    version: 1,
    resources: ['task', 'note'].map((type) => defineResource(type, { version: 1, fields })),
  });

/** Of all kinds. */
export const policy = policyOf(kinds);
/** Histories that write all kinds, and a register. */
export const options: HistoryOptions = { fields: ['title', ...Object.keys(kinds)], valuesByField };
