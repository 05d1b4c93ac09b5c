/** Counters and sets on small histories, at once and step by step: what counts is what no clearing write has seen (R34). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/domain/events/event.js';
import { counterKind } from '../../src/domain/fields/counter.js';
import type {
  Accumulated,
  Accumulator,
  FieldHistory,
  FieldKind,
  FieldWrite,
} from '../../src/domain/fields/field-kind.js';
import { setKind } from '../../src/domain/fields/set.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import type { Json } from '../../src/domain/shared/json.js';
import { graphFrom, type Graph } from '../support/histories/small-graphs.js';
import { propertyOptions } from '../support/property-options.js';

interface Said {
  readonly sees: readonly number[];
  readonly value: Json | undefined;
  readonly operation: Operation;
  /** Some are recorded twice, under one id. */
  readonly id: number;
}

const saidOf = (values: readonly (Json | undefined)[]) =>
  fc.array(
    fc.record({
      sees: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
      value: fc.constantFrom(...values),
      operation: fc.constantFrom<Operation>('update', 'update', 'update', 'resolve', 'create'),
      id: fc.nat({ max: 12 }),
    }),
    { maxLength: 9 },
  );

/** What was said of a field, after a first write that everybody has seen. */
const historyOf = (said: readonly Said[], first: Json) => {
  const all: readonly Said[] = [{ sees: [], value: first, operation: 'create', id: 99 }, ...said];
  const graph = graphFrom(all.map(({ sees }) => [0, ...sees]));
  const writes = all.map(({ value, operation, id }, place) => ({
    dot: `a:${place}`,
    // Only a create says nothing of a field.
    event: {
      operation: value === undefined ? 'create' : operation,
      eventId: typeof value === 'object' ? `${canonicalJson(value)} ${id}` : `${place}`,
    },
    value,
  })) as unknown as readonly FieldWrite[];
  return { writes, graph };
};

const partOf = (
  writes: readonly FieldWrite[],
  graph: Graph,
  from: number,
  to: number,
  counted: number,
): FieldHistory => ({
  writes: writes.slice(from, to),
  counted,
  isLinear: false,
  hasSeen: (later, earlier) => graph.hasSeen(later + from, earlier + from),
  parentsOf: () => [],
});

const cleared = (writes: readonly FieldWrite[], graph: Graph, isPlain: (value: Json | undefined) => boolean) =>
  writes.map((_, place) =>
    writes.some(
      ({ value, event }, clear) => (event.operation === 'create' || isPlain(value)) && graph.hasSeen(clear, place),
    ),
  );

/** Step by step on what is there, or anew from all where the kind says that it takes that. */
const compare = (
  { accumulator }: FieldKind,
  said: readonly Said[],
  first: Json,
  slowly: (writes: readonly FieldWrite[], graph: Graph) => Json,
  isMisfit: (write: FieldWrite) => boolean,
  isPlain: (value: Json | undefined) => boolean,
): void => {
  const { accumulate, initial } = accumulator as Accumulator;
  const { writes, graph } = historyOf(said, first);
  const check = (known: readonly FieldWrite[], found: Accumulated | undefined): void => {
    const isCleared = cleared(known, graph, isPlain);
    expect(found?.value).toEqual(slowly(known, graph));
    expect(found?.notes?.misfit === true).toBe(known.some((write, place) => isMisfit(write) && !isCleared[place]));
  };
  check(writes, accumulate(initial, partOf(writes, graph, 0, writes.length, 0)));
  if (graph.isLinear)
    check(writes, accumulate(initial, { ...partOf(writes, graph, 0, writes.length, 0), isLinear: true }));

  let state = accumulate(initial, partOf(writes, graph, 0, 1, 0)) ?? initial;
  for (let count = 2; count <= writes.length; count += 1) {
    const known = writes.slice(0, count);
    state =
      accumulate(state, partOf(writes, graph, 1, count, count - 2)) ??
      (accumulate(initial, partOf(writes, graph, 0, count, 0)) as Accumulated);
    check(known, state);
  }
};

const options = { ...propertyOptions(), numRuns: 150 };

test('a counter is the sum of what counts, each job once', () => {
  const amountOf = (value: Json | undefined): number | undefined => {
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    const by = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
    return '$increment' in by ? (by as { readonly $increment: number }).$increment : undefined;
  };
  const isPlain = (value: Json | undefined) => typeof value === 'number' && Number.isInteger(value);
  const isMisfit = ({ value, event }: FieldWrite) =>
    value !== undefined && !isPlain(value) && (amountOf(value) === undefined || event.operation === 'create');
  const slowly = (writes: readonly FieldWrite[], graph: Graph): number => {
    const isCleared = cleared(writes, graph, isPlain);
    const jobs = new Map<string, number>();
    for (const [place, write] of writes.entries())
      if (!isCleared[place] && !isMisfit(write)) jobs.set(write.event.eventId, amountOf(write.value) ?? 0);
    return [...jobs.values()].reduce((sum, amount) => sum + amount, 0);
  };

  fc.assert(
    fc.property(
      saidOf([{ $increment: 1 }, { $increment: 1 }, { $increment: -4 }, { $increment: 10 }, 7, 0, 'many', undefined]),
      (said) => {
        compare(counterKind, said, 5, slowly, isMisfit, isPlain);
      },
    ),
    options,
  );
});

test('a set holds what was added, and was removed by nobody who had seen it', () => {
  const isPlain = (value: Json | undefined) => Array.isArray(value);
  const listOf = (value: Json | undefined, member: '$add' | '$remove'): readonly Json[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (((value as { readonly [key: string]: Json })[member] as readonly Json[] | undefined) ?? [])
      : [];
  const isMisfit = ({ value, event }: FieldWrite) =>
    value !== undefined && !isPlain(value) && (typeof value !== 'object' || event.operation === 'create');
  const slowly = (writes: readonly FieldWrite[], graph: Graph): Json => {
    const isCleared = cleared(writes, graph, isPlain);
    const found = new Map<string, Json>();
    for (const [place, write] of writes.entries()) {
      if (isCleared[place] || isMisfit(write)) continue;
      const added = Array.isArray(write.value) ? (write.value as readonly Json[]) : listOf(write.value, '$add');
      for (const member of added) {
        const isRemoved = writes.some(
          (other, removal) =>
            !isMisfit(other) &&
            graph.hasSeen(removal, place) &&
            listOf(other.value, '$remove').some((gone) => canonicalJson(gone) === canonicalJson(member)),
        );
        if (!isRemoved) found.set(canonicalJson(member), JSON.parse(canonicalJson(member)) as Json);
      }
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
  };
  const values: readonly (Json | undefined)[] = [
    { $add: ['a'] }, { $add: ['b', { y: 1, x: 2 }] }, { $remove: ['a'] }, { $remove: ['b', { x: 2, y: 1 }], $add: ['c'] }, { $remove: ['c', 'z'] },
    ['b'], [], 'x', undefined, { $add: [{ x: 2, y: 1 }, 'a'] },
  ]; // prettier-ignore

  fc.assert(
    fc.property(saidOf(values), (said) => {
      compare(setKind, said, ['a', 'z'], slowly, isMisfit, isPlain);
    }),
    options,
  );
});
