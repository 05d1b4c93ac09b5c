/**
 * How a resource takes new events in: with no more than it needs, which is told and not fetched (G7), and into what all its
 * events together give.
 */
import { describe, expect, test } from 'vitest';
import type { Dot, ReknitEvent } from '../../src/domain/events/event.js';
import { foldInto, isHistoryRequest, type FoldedResource } from '../../src/domain/merge/fold-resources.js';
import type { HistoryRequest, LoadedHistory } from '../../src/domain/merge/loaded.js';
import { counter, defineResource, register } from '../../src/domain/resource-definition/index.js';
import type { ResourceState } from '../../src/domain/resource/state.js';
import { definePolicy, lastWriteWins, threeWay } from '../../src/domain/strategies/index.js';
import { fastSha256, sealed } from '../support/engine.js';
import { defaultResource, eventOf } from '../support/histories/event-builder.js';

const context = {
  policy: definePolicy({
    name: 'test',
    version: 1,
    resources: [defineResource('task', { version: 1, fields: { votes: counter(), x: register(), y: register() } })],
    default: lastWriteWins(),
  }),
  sha256: fastSha256,
};
const readingBases = { ...context, policy: definePolicy({ name: 'test', version: 1, default: threeWay() }) };

const born = eventOf('a:1', 'create', { x: 0, y: 0 });
const write = (dot: string, parents: readonly (ReknitEvent | string)[], payload: ReknitEvent['payload'] = { x: dot }) =>
  eventOf(dot, 'update', payload, parents);

interface Given {
  readonly history?: LoadedHistory;
  readonly needsWhole?: boolean;
  readonly under?: typeof context;
}
const fold = (
  before: ResourceState | undefined,
  events: readonly ReknitEvent[],
  { history, needsWhole, under = context }: Given = {},
) => foldInto(defaultResource, before, events.map(sealed), history, under, needsWhole);
const folded = (...given: Parameters<typeof fold>): FoldedResource => {
  const result = fold(...given);
  if (isHistoryRequest(result)) throw new Error(`it asks for ${JSON.stringify(result)}`);
  return result;
};
const asked = (...given: Parameters<typeof fold>): HistoryRequest => {
  const result = fold(...given);
  if (!isHistoryRequest(result)) throw new Error('it asks for nothing');
  return result;
};
/** From nothing, one after another. */
const stateAfter = (...events: readonly ReknitEvent[]): ResourceState => folded(undefined, events).state;
const comparable = ({ units, branches: _branches, ...state }: ResourceState) => ({
  ...state,
  units: Object.fromEntries([...units].map(([key, unit]) => [key, unit])),
});
const turns = ({ appended }: FoldedResource) => appended.map(({ sealed: { dot }, sawAll }) => [dot, sawAll]);

const empty: LoadedHistory = { isWhole: true, events: [], voids: [], variants: [], parked: [], conflicts: [] };
const historyOf = (
  events: readonly ReknitEvent[],
  isWhole: boolean,
  sawAll: readonly boolean[] = [],
): LoadedHistory => ({
  ...empty,
  isWhole,
  events: events.map((event, index) => ({ sealed: sealed(event), sawAll: sawAll[index] ?? true })),
});
const whole = { ...defaultResource, since: undefined };

describe('events that have all seen what is there', () => {
  const next = write('b:1', [born]);

  test('take nothing but the state', () => {
    const result = folded(stateAfter(born), [next, write('b:2', [next])]);

    expect(turns(result)).toEqual([
      ['b:1', true],
      ['b:2', true],
    ]);
    expect(result).toMatchObject({ closures: [], records: [], isWhole: false, history: undefined });
    expect(result.before?.heads).toEqual(['a:1']);
    expect(comparable(result.state)).toEqual(comparable(stateAfter(born, next, write('b:2', [next]))));
  });

  test('of a new resource are its whole history, which is there for whoever asks', () => {
    const result = folded(undefined, [born, next]);

    expect(turns(result)).toEqual([
      ['a:1', true],
      ['b:1', true],
    ]);
    expect(result).toMatchObject({ before: undefined, isWhole: false });
    const graph = result.history?.().graph;
    expect(graph?.nodes.map(({ dot }) => dot)).toEqual(['a:1', 'b:1']);
    expect(graph?.hasSeen(graph.nodes[1] as never, graph.nodes[0] as never)).toBe(true);
  });

  test('take all of it where that was known to be needed, unless the resource is new', () => {
    expect(asked(stateAfter(born), [next], { needsWhole: true })).toEqual(whole);
    const recent = historyOf([born], false);
    expect(asked(stateAfter(born), [next], { needsWhole: true, history: recent })).toEqual(whole);
    expect(turns(folded(undefined, [born], { needsWhole: true }))).toEqual([['a:1', true]]);
    const all = folded(stateAfter(born), [next], { needsWhole: true, history: historyOf([born], true) });
    expect(all.isWhole).toBe(true);
    expect(turns(all)).toEqual([['b:1', true]]);
  });

  test('keep what was decided about references, which no fold looks at', () => {
    const effect = { disputes: true } as const;

    expect(folded({ ...stateAfter(born), effect }, [next]).state.effect).toEqual(effect);
    const all = folded({ ...stateAfter(born), effect }, [next], { history: historyOf([born], true) });
    expect(all.state.effect).toEqual(effect);
  });

  test('that a kind of field cannot add up on top of the state take all of it', () => {
    const cannot = {
      ...context,
      policy: {
        ...context.policy,
        rulesFor: (type: string) => {
          const rules = context.policy.rulesFor(type);
          const kind = rules.unitOf('votes').kind;
          const unitByKey: typeof rules.unitByKey = (key) => ({
            ...rules.unitByKey(key),
            kind: { ...kind, accumulator: { ...kind.accumulator, initial: { value: 0, state: null }, accumulate: () => undefined } as never },
          });
          return { ...rules, unitByKey };
        },
      },
    };

    expect(asked(stateAfter(born), [write('b:1', [born], { votes: { $increment: 1 } })], { under: cannot })).toEqual(whole);
  }); // prettier-ignore

  test('do not hide a mistake behind a wish for more history', () => {
    const broken = {
      ...context,
      policy: {
        ...context.policy,
        agentPriority: () => {
          throw new TypeError('broken');
        },
      },
    };

    expect(() => fold(stateAfter(born), [next], { under: broken })).toThrow(TypeError);
  });
});

describe('lines that part', () => {
  const [left, right] = [write('b:1', [born]), write('c:1', [born], { y: 1 })];
  const facts = { line: [{ dot: 'a:1' as Dot, operation: 'create' as const, sawAll: true }, { dot: 'b:1' as Dot, operation: 'update' as const, sawAll: true }], closedAny: false, events: [] }; // prettier-ignore
  const withFacts: LoadedHistory = { ...empty, isWhole: false, facts };

  test('take what is known of the events where they parted, and no event', () => {
    expect(asked(stateAfter(born, left), [right])).toEqual({
      ...whole,
      facts: { since: 'a:1', orClosed: false, of: [] },
    });
    const result = folded(stateAfter(born, left), [right], { history: withFacts });
    expect(turns(result)).toEqual([['c:1', false]]);
    expect(result).toMatchObject({ closures: [], records: [], isWhole: false, history: undefined });
    expect(result.state).toMatchObject({ heads: ['b:1', 'c:1'], isLinear: false, floor: 'a:1' });
  });

  test('take nothing as long as they do not meet, and are told apart', () => {
    const apart = folded(stateAfter(born, left), [right], { history: withFacts }).state;
    const result = folded(apart, [write('b:2', [left]), write('c:2', [right])]);

    expect(turns(result)).toEqual([
      ['b:2', false],
      ['c:2', false],
    ]);
    expect(result.state.heads).toEqual(['b:2', 'c:2']);
  });

  test('end in an event that has seen them all, and what follows it is a line again', () => {
    const apart = folded(stateAfter(born, left), [right], { history: withFacts }).state;
    const [more, joins] = [write('b:2', [left]), write('c:2', ['b:2', right])];
    const result = folded(apart, [more, joins, write('c:3', [joins])]);

    expect(turns(result)).toEqual([
      ['b:2', false],
      ['c:2', true],
      ['c:3', true],
    ]);
    expect(result.history).toBeUndefined();
    expect(result.state).toMatchObject({ heads: ['c:3'], floor: 'c:3' });
    expect(comparable(result.state)).toEqual(
      comparable(stateAfter(born, left, right, more, joins, write('c:3', [joins]))),
    );
  });

  test('that part anew after they had met take the part since then', () => {
    const apart = folded(stateAfter(born, left), [right], { history: withFacts }).state;
    const joins = write('b:2', [left, right]);
    const events = [joins, write('b:3', [joins]), write('c:2', [joins])];

    expect(asked(apart, events)).toEqual({ ...defaultResource, since: ['a:1', 'b:1', 'c:1'] });
  });

  test('take everything where only that can tell', () => {
    const state = folded(undefined, [born, left], { under: readingBases }).state;

    expect(asked(state, [right], { under: readingBases })).toEqual(whole);
  });

  test('of a new resource take nothing', () => {
    const result = folded(undefined, [born, left, right]);

    expect(turns(result)).toEqual([
      ['a:1', true],
      ['b:1', true],
      ['c:1', false],
    ]);
    expect(result.history?.().graph.nodes.map(({ dot }) => dot)).toEqual(['a:1', 'b:1', 'c:1']);
    expect(result.isWhole).toBe(false);
  });
});

describe('a loaded history', () => {
  const [left, right] = [write('b:1', [born]), write('c:1', [born], { y: 1 })];
  const later = write('c:2', [right], { y: 2 });
  const before = stateAfter(born, left, right);
  const expected = comparable(stateAfter(born, left, right, later));

  test('of the recent part serves where it begins with what had seen everything', () => {
    const recent = historyOf([born, left, right], false, [true, true, false]);
    const result = folded(before, [later], { history: recent });

    expect(turns(result)).toEqual([['c:2', false]]);
    expect(comparable(result.state)).toEqual(expected);
    expect(result).toMatchObject({ isWhole: false, history: undefined });
    expect(asked(before, [later], { history: historyOf([left, right], false, [false]) })).toEqual(whole);
    expect(asked(before, [later], { history: historyOf([], false) })).toEqual(whole);
  });

  test('of everything serves whatever it begins with, and its conflicts are what was on record', () => {
    const conflicts = [{ conflictId: 'one' }] as never;
    const all = { ...historyOf([born, left, right], true, [false, false, false]), conflicts };
    const result = folded(before, [later], { history: all });

    expect(turns(result)).toEqual([['c:2', false]]);
    expect(comparable(result.state)).toEqual(expected);
    expect(result.isWhole).toBe(true);
    expect(result.records).toBe(conflicts);
    expect(result.history?.().graph.nodes.map(({ dot }) => dot)).toEqual(['a:1', 'b:1', 'c:1', 'c:2']);
  });

  test('of everything gives the same without new events', () => {
    const result = folded(before, [], { history: historyOf([born, left, right], true) });

    expect(result.appended).toEqual([]);
    expect(comparable(result.state)).toEqual(comparable(before));
  });
});
