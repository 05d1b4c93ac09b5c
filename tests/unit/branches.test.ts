/**
 * Lines of updates that part and have not met again are folded without looking at earlier events: into what a fold from
 * nothing gives, asking for no more than who wrote a few values, and only where the lines are of that shape (R11, R16).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dot, ReknitEvent, SealedEvent } from '../../src/domain/events/event.js';
import { foldResource } from '../../src/domain/merge/fold-events.js';
import {
  foldBranches,
  type BranchFold,
  type FactsRequest,
  type KnownFacts,
} from '../../src/domain/resource/branches.js';
import { insertSorted } from '../../src/domain/resource/insert-sorted.js';
import type { ResourceState } from '../../src/domain/resource/state.js';
import { defineResource, register, set } from '../../src/domain/resource-definition/index.js';
import {
  definePolicy,
  lastWriteWins,
  priorityBased,
  threeWay,
  type Policy,
} from '../../src/domain/strategies/index.js';
import { fastSha256, sealed } from '../support/engine.js';
import { eventOf, type EventDetails } from '../support/histories/event-builder.js';
import { propertyOptions } from '../support/property-options.js';

const task = defineResource('task', { version: 1, fields: { tags: set() } });
const plain = definePolicy({
  name: 'test',
  version: 1,
  resources: [task],
  default: lastWriteWins(),
  agents: { ada: { priority: 3 } },
});

const stateOf = (events: readonly ReknitEvent[], policy: Policy = plain): ResourceState => {
  const state = foldResource(events, policy, fastSha256)?.state;
  if (state === undefined) throw new Error('there is no resource');
  return state;
};
/** What is settled is stored without who wrote it. */
const asStored = (state: ResourceState): ResourceState => ({
  ...state,
  units: new Map(
    [...state.units].map(([key, { siblings }]) => [
      key,
      { siblings: siblings.length > 1 ? siblings : siblings.map((write) => ({ ...write, facts: undefined })) },
    ]),
  ),
});

/** What a store would answer: the line since an event, and who wrote what is asked for. */
const answer = (
  { since, of, orClosed }: FactsRequest,
  stored: readonly ReknitEvent[],
  closedAny = false,
): KnownFacts => {
  const all = stored.map(sealed);
  const from = all.findIndex(({ dot }) => dot === since);
  return {
    line:
      since === undefined
        ? []
        : all.slice(from).map(({ dot, event }) => ({ dot, operation: event.operation, sawAll: true })),
    closedAny: orClosed && closedAny,
    events: all
      .filter(({ dot }) => of.includes(dot))
      .map(({ dot, event }) => ({
        dot,
        eventId: event.eventId,
        agentId: event.agentId,
        operation: event.operation,
        timestamp: event.timestamp,
        counter: event.counter,
        deletes: false,
        priority: event.priority ?? null,
      })),
  };
};

interface Folding {
  readonly result: BranchFold;
  readonly asked: readonly FactsRequest[];
}

/** Folds as a merge does: asks, is answered, and folds again. */
const folding = (
  state: ResourceState,
  events: readonly SealedEvent[],
  stored: readonly ReknitEvent[],
  policy: Policy = plain,
  closedAny = false,
): Folding => {
  const asked: FactsRequest[] = [];
  let known: KnownFacts | undefined;
  for (let round = 0; round < 3; round += 1) {
    const result = foldBranches(state, events, known, policy.rulesFor('task'), policy);
    if (result.type !== 'needs') return { result, asked };
    asked.push(result.facts);
    const more = answer(result.facts, stored, closedAny);
    known = known === undefined ? more : { ...known, events: [...known.events, ...more.events] };
  }
  throw new Error('it asks again and again');
};

/** A state without how it is kept: facts stand with a sibling only where there are several. */
const comparable = ({ heads, existence, units, floor, isLinear, hasVoids }: ResourceState) => ({
  heads,
  existence,
  floor,
  isLinear,
  hasVoids,
  units: Object.fromEntries(
    [...units].map(([key, { siblings }]) => [
      key,
      siblings.length > 1 ? siblings : siblings.map(({ dot, value }) => ({ dot, value })),
    ]),
  ),
});

const created = eventOf('!:1', 'create', { x: 0, y: 0, z: 0 });
const write = (
  dot: string,
  parent: ReknitEvent | string,
  payload: ReknitEvent['payload'],
  details: EventDetails = {},
) => eventOf(dot, 'update', payload, [parent], { agentId: dot.startsWith('b') ? 'ada' : 'bob', ...details });

/** By a fold that did not go by lines. */
const isParted = ({ heads, branches }: ResourceState) => heads.length > 1 && branches === undefined;

describe('lines that part', () => {
  const step = fc.record({ line: fc.nat({ max: 2 }), field: fc.constantFrom('x', 'y', 'z'), other: fc.boolean() });
  const names = ['b', 'a', 'c'];

  test('come to what a fold from nothing gives, batch after batch', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), fc.nat(), fc.nat(), (steps, first, second) => {
        const tips: (ReknitEvent | undefined)[] = [];
        const counts = [0, 0, 0];
        const all = steps.map(({ line, field, other }, index) => {
          counts[line] = (counts[line] ?? 0) + 1;
          const payload = { [field]: index, ...(other ? { [`${field}2`]: index } : {}) };
          const event = write(`${names[line] ?? ''}:${counts[line] ?? 0}`, tips[line] ?? created, payload, {
            atMs: index,
          });
          tips[line] = event;
          return event;
        });
        // What is stored is one line, from which all others part.
        const stored = [created];
        const [lead] = steps;
        const rest = [...all];
        while (rest.length > 0 && steps[all.length - rest.length]?.line === lead?.line && stored.length <= first % 4)
          stored.push(rest.shift() as ReknitEvent);
        const before = asStored(stateOf(stored));
        const cut = rest.length === 0 ? 0 : 1 + (second % rest.length);
        const batches = [rest.slice(0, cut), rest.slice(cut)].filter((batch) => batch.length > 0);

        let state = before;
        const seen = [...stored];
        for (const batch of batches) {
          const { result } = folding(state, batch.map(sealed), seen);
          seen.push(...batch);
          // All on one line, or nothing stored that they could part from: the fold of a line, or of a part, takes it.
          if (result.type !== 'folded') {
            const writers = new Set(seen.slice(1).map(({ replicaId }) => replicaId));
            expect(writers.size === 1 || state.heads[0] === '!:1' || isParted(state)).toBe(true);
            state = asStored(stateOf(seen));
            continue;
          }
          expect(comparable(result.state)).toEqual(comparable(stateOf(seen)));
          expect(result.sawAll).toHaveLength(batch.length);
          state = asStored(result.state);
        }
      }),
      { ...propertyOptions(), numRuns: 120 },
    );
  });

  const mine = write('b:1', created, { x: 1 });
  const theirs = write('a:1', created, { x: 2, y: 2 });
  const before = asStored(stateOf([created, mine]));

  test('ask for the stored line since they part, and for who wrote what they stand beside', () => {
    const { result, asked } = folding(before, [sealed(theirs)], [created, mine]);

    expect(asked).toEqual([{ since: '!:1', orClosed: false, of: ['b:1'] }]);
    expect(result).toMatchObject({
      type: 'folded',
      sawAll: [false],
      state: { heads: ['a:1', 'b:1'], floor: '!:1', isLinear: false },
    });
    if (result.type !== 'folded') return;
    expect(result.state.units.get('x')?.siblings.map(({ dot, value, facts }) => [dot, value, facts?.priority])).toEqual(
      [
        ['a:1', 2, 1],
        ['b:1', 1, 3],
      ],
    );
    expect(result.state.units.get('y')?.siblings.map(({ dot }) => dot)).toEqual(['a:1']);
    expect([...(result.state.branches ?? [])]).toEqual([
      ['a:1', 1],
      ['b:1', 2],
    ]);
  });

  test('go on without a question, where what they stand beside is known', () => {
    const first = folding(before, [sealed(theirs)], [created, mine]).result;
    if (first.type !== 'folded') throw new Error('not folded');
    const more = [write('b:2', mine, { x: 3 }), write('a:2', theirs, { z: 4 }), write('c:1', created, { x: 5 })];
    const { result, asked } = folding(first.state, more.map(sealed), [created, mine, theirs]);

    expect(asked).toEqual([]);
    expect(result).toMatchObject({ type: 'folded', sawAll: [false, false, false] });
    if (result.type !== 'folded') return;
    expect(comparable(result.state)).toEqual(comparable(stateOf([created, mine, theirs, ...more])));
    expect([...(result.state.branches ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['a:1', 1],
      ['a:2', 1],
      ['b:2', 2],
      ['c:1', 3],
    ]);
  });

  test('ask for who wrote what a later line stands beside', () => {
    const next = write('b:2', mine, { z: 1 });
    const stored = [created, mine, next];
    const first = folding(asStored(stateOf(stored)), [sealed(write('a:1', created, { y: 2 }))], stored).result;
    if (first.type !== 'folded') throw new Error('not folded');
    const second = write('a:2', 'a:1', { x: 7 });
    const { result, asked } = folding(asStored(first.state), [sealed(second)], stored);

    expect(asked).toEqual([{ since: undefined, orClosed: false, of: ['b:1'] }]);
    expect(result.type === 'folded' && result.state.units.get('x')?.siblings.map(({ dot }) => dot)).toEqual([
      'a:2',
      'b:1',
    ]);
  });

  test('end where an event has seen them all, which is told by how many were folded', () => {
    const both = eventOf('b:2', 'update', { x: 9 }, [mine, theirs]);
    const { result } = folding(before, [theirs, both].map(sealed), [created, mine]);

    expect(result).toMatchObject({ type: 'folded', sawAll: [false], state: { heads: ['a:1', 'b:1'] } });
  });

  test('know of each event whether it had seen all before it', () => {
    const next = write('b:2', mine, { z: 1 });
    const { result } = folding(before, [next, theirs, write('b:3', next, {})].map(sealed), [created, mine]);

    expect(result).toMatchObject({ type: 'folded', sawAll: [true, false, false] });
    // A head is on its line, also where it wrote nothing that still shows.
    expect([...((result.type === 'folded' && result.state.branches) || [])].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['a:1', 1],
      ['b:1', 2],
      ['b:2', 2],
      ['b:3', 2],
    ]);
  });

  test('ask for nobody whose facts stand with what they wrote', () => {
    const { asked } = folding(stateOf([created, mine]), [sealed(theirs)], [created, mine]);

    expect(asked).toEqual([{ since: '!:1', orClosed: false, of: [] }]);
  });
}); // prettier-ignore

describe('what is of another shape is left to the fold with a history', () => {
  const mine = write('b:1', created, { x: 1 });
  const theirs = write('a:1', created, { x: 2 });
  const stored = [created, mine];
  const state = stateOf(stored);
  const two = folding(state, [sealed(theirs)], stored).result;
  const parted = two.type === 'folded' ? two.state : state;
  const unfit = (
    on: ResourceState,
    events: readonly ReknitEvent[],
    policy: Policy = plain,
    known: readonly ReknitEvent[] = stored,
    closedAny = false,
  ) => folding(on, events.map(sealed), known, policy, closedAny).result.type;

  test('deletes, creates, resolves, dependencies and fields that merge by themselves', () => {
    for (const on of [state, parted])
      for (const event of [
        eventOf('a:2', 'delete', null, [created]),
        eventOf('a:2', 'create', { x: 3 }, [created]),
        eventOf('a:2', 'resolve', { x: 3 }, [created]),
        write('a:2', created, { x: 3 }, { dependsOn: [{ resourceType: 'task', resourceId: 't' }] }),
        write('a:2', created, { x: 3, tags: ['x'] }),
      ])
        expect(unfit(on, [event])).toBe('unfit');
    expect(unfit(state, [write('a:2', created, { x: 3 }, { dependsOn: [] })])).toBe('folded');
    expect(unfit(state, [])).toBe('unfit');
  });

  test('events that join some lines and not all, or part from the midst of one', () => {
    const third = write('c:1', created, { x: 3 });
    const three = folding(parted, [sealed(third)], [created, mine, theirs]).result;
    if (three.type !== 'folded') throw new Error('not folded');
    const some = eventOf('b:2', 'update', { x: 4 }, [mine, theirs]);

    expect(unfit(three.state, [some])).toBe('unfit');
    expect(unfit(parted, [write('b:2', mine, { y: 1 }), write('d:1', mine, { y: 2 })])).toBe('unfit');
    expect(unfit(parted, [write('d:1', 'z:9', { y: 2 })])).toBe('unfit');
    expect(
      unfit(state, [write('b:2', mine, { y: 1 }), write('b:3', 'b:2', { y: 2 }), write('d:1', 'b:2', { y: 2 })]),
    ).toBe('unfit');
    expect(unfit(state, [write('b:2', mine, { y: 1 })])).toBe('unfit');
    expect(unfit(state, [eventOf('d:1', 'update', { x: 1 }, [])])).toBe('unfit');
    expect(unfit(state, [eventOf('d:1', 'update', { x: 1 }, [created, mine])])).toBe('unfit');
  });

  test('a stored line that does not begin with an event that saw all, or holds more than updates', () => {
    const gone = eventOf('b:2', 'delete', null, [mine]);
    const again = eventOf('b:3', 'resolve', { x: 3 }, [gone]);
    const resolved = eventOf('b:2', 'resolve', { x: 3 }, [mine]);
    const on = (events: readonly ReknitEvent[], from: ReknitEvent) =>
      unfit(stateOf(events), [write('d:1', from, { x: 4 })], plain, events);

    expect(on([created, mine, resolved], created)).toBe('unfit');
    expect(on([created, mine, gone, again], gone)).toBe('unfit');
    expect(on([created, mine, resolved], mine)).toBe('unfit');
    expect(on([created, mine, resolved, write('b:3', resolved, { x: 5 })], resolved)).toBe('folded');
    expect(unfit(state, [theirs], plain, [mine])).toBe('unfit');
    expect(unfit(state, [theirs], plain, [created])).toBe('unfit');
  });

  test('and nothing is asked for where that is plain from the events', () => {
    const first = (...events: readonly ReknitEvent[]) =>
      foldBranches(state, events.map(sealed), undefined, plain.rulesFor('task'), plain).type;
    const joining = eventOf('b:2', 'update', { x: 4 }, [mine, theirs]);

    expect(first(theirs, joining)).toBe('needs');
    expect(first(theirs, eventOf('d:1', 'delete', null, [created]))).toBe('unfit');
    expect(first(eventOf('d:1', 'update', { x: 1 }, [created, mine]))).toBe('unfit');
    expect(first(eventOf('d:1', 'update', { x: 1 }, []))).toBe('unfit');
    expect(first(write('b:2', mine, { y: 1 }), write('b:3', 'b:2', { y: 2 }), write('d:1', 'b:2', { y: 2 }))).toBe('unfit');
  }); // prettier-ignore

  test('a stored line that is not the one from there to the head', () => {
    const facts = answer({ since: '!:1' as Dot, orClosed: false, of: ['b:1' as Dot] }, stored);
    const [start, end] = facts.line as [KnownFacts['line'][number], KnownFacts['line'][number]];
    const on = (...line: KnownFacts['line']) =>
      foldBranches(state, [sealed(theirs)], { ...facts, line }, plain.rulesFor('task'), plain).type;

    expect(on(start, end)).toBe('folded');
    expect([
      on(),
      on(start),
      on({ ...start, dot: 'z:1' as Dot }, end),
      on({ ...start, sawAll: false }, end),
      on({ ...start, operation: 'delete' }, end),
      on(start, { ...end, dot: 'z:1' as Dot }),
      on(start, { ...end, sawAll: false }),
      on(start, { ...end, operation: 'resolve' }),
    ]).toEqual(Array.from({ length: 8 }, () => 'unfit'));
  });

  test('where a conflict was closed on the line, or stood when the lines parted', () => {
    const met = eventOf('b:2', 'update', { x: 5 }, [mine, theirs]);
    const after = write('b:3', met, { x: 6 });
    const settled = stateOf([created, mine, theirs, met, after]);
    const open = stateOf([
      created,
      mine,
      theirs,
      eventOf('b:2', 'update', { y: 5 }, [mine, theirs]),
      write('b:3', 'b:2', { y: 6 }),
    ]);
    const late = [write('d:1', met, { x: 7 })];

    expect(unfit(settled, late, plain, [met, after])).toBe('folded');
    expect(unfit(settled, late, plain, [met, after], true)).toBe('unfit');
    expect(unfit(open, late, plain, [met, after])).toBe('unfit');
  });

  test('voids, dependencies, deleted resources, and rules that ask for the past', () => {
    const grouped = definePolicy({
      name: 'test',
      version: 1,
      resources: [
        defineResource('task', { version: 1, fields: { x: register(), y: register() } }).group('g', ['x', 'y']),
      ],
    });
    const policyOf = (strategy: ReturnType<typeof lastWriteWins>) =>
      definePolicy({ name: 'test', version: 1, default: strategy });

    for (const policy of [grouped, policyOf(threeWay()), policyOf(priorityBased())])
      expect(unfit(state, [theirs], policy)).toBe('unfit');
    expect(unfit({ ...state, hasVoids: true }, [theirs])).toBe('unfit');
    expect(unfit({ ...state, dependsOn: [{ dot: 'b:1' as Dot, targets: [] }] }, [theirs])).toBe('unfit');
    const [facts] = state.existence;
    if (facts === undefined) throw new Error('nobody wrote it');
    expect(unfit({ ...state, existence: [{ ...facts, deletes: true }] }, [theirs])).toBe('unfit');
    const [one, other] = parted.existence.map((side, index) => ({ ...side, deletes: index > 0 }));
    if (one === undefined || other === undefined) throw new Error('it has one head');
    expect(unfit({ ...parted, existence: [one, other] }, [write('b:2', mine, { x: 1 })])).toBe('unfit');
    expect(unfit({ ...parted, branches: undefined }, [write('b:2', mine, { x: 1 })])).toBe('unfit');
    expect(unfit({ ...parted, floor: undefined }, [write('b:2', mine, { x: 1 })])).toBe('unfit');
  });
});

test('an item finds its place among sorted ones, before those that are equal', () => {
  const compare = (a: readonly [number, string], b: readonly [number, string]) => a[0] - b[0];

  for (let at = 0; at <= 9; at += 1) {
    const items = [1, 3, 5, 7].map((number): readonly [number, string] => [number, 'old']);
    insertSorted(items, [at, 'new'], compare);
    expect(items.map(([number]) => number)).toEqual([1, 3, 5, 7, at].sort((a, b) => a - b));
    expect(items.findIndex(([, what]) => what === 'new')).toBe([1, 3, 5, 7].filter((number) => number < at).length);
  }
  const none: (readonly [number, string])[] = [];
  insertSorted(none, [1, 'new'], compare);
  expect(none).toHaveLength(1);
});
