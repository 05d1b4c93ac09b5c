/** How much of the history a fold asks for, and that what it gets is enough: a state and a recent part give what all events give (I7, G7). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dot, ReknitEvent } from '../../src/domain/events/event.js';
import type { ConflictIdentity } from '../../src/domain/conflict/detect.js';
import { draftOf, emptyDraft, seesAllHeads, stateOf } from '../../src/domain/resource/draft.js';
import { WholeHistoryNeeded } from '../../src/domain/resource/evolve-context.js';
import { createFold, foldLine, historyNeeded, isLinearOn } from '../../src/domain/resource/fold.js';
import { initialState, type ResourceState } from '../../src/domain/resource/state.js';
import { counter, defineResource, register } from '../../src/domain/resource-definition/index.js';
import { definePolicy, lastWriteWins, priorityBased, threeWay } from '../../src/domain/strategies/index.js';
import { fastSha256, sealed } from '../support/engine.js';
import { defaultResource, eventOf } from '../support/histories/event-builder.js';
import { graphFrom, shape } from '../support/histories/small-graphs.js';
import { propertyOptions } from '../support/property-options.js';

const policy = definePolicy({ name: 'test', version: 1, default: lastWriteWins() });
const rules = policy.rulesFor('task');
const context = { policy, sha256: fastSha256 };

const write = (dot: string, parents: readonly (ReknitEvent | string)[], payload: ReknitEvent['payload'] = { x: dot }) =>
  eventOf(dot, 'update', payload, parents);
const created = eventOf('a:1', 'create', { x: 0, y: 0 });

/** All of them from nothing. */
const foldAll = (events: readonly ReknitEvent[]) => {
  const draft = emptyDraft(defaultResource, rules);
  const fold = createFold({ draft, ...context });
  const sawAll = events.map((event) => fold.applyEvent(sealed(event)));
  fold.finish();
  return { state: stateOf(draft, undefined), sawAll, closures: fold.closures };
};

/** These on top of a state, with that part of what was before. */
const foldOn = (
  state: ResourceState,
  recent: readonly ReknitEvent[],
  events: readonly ReknitEvent[],
  closed: readonly ConflictIdentity[] = [],
) => {
  const draft = draftOf(state, rules);
  const fold = createFold({ draft, ...context, recent: { events: recent.map(sealed), closed } });
  const sawAll = events.map((event) => fold.applyEvent(sealed(event)));
  fold.finish();
  return { state: stateOf(draft, undefined), sawAll, closures: fold.closures };
};

const comparable = ({ units, ...state }: ResourceState) => ({
  ...state,
  units: Object.fromEntries(
    [...units].map(([key, { siblings, ...unit }]) => [
      key,
      { ...unit, siblings: siblings.length > 1 ? siblings : siblings.map(({ dot, value }) => ({ dot, value })) },
    ]),
  ),
});

describe('events have all seen what was there when they came', () => {
  const state = (...heads: readonly string[]) => ({ heads: heads as Dot[], floor: undefined, hasVoids: false });
  const isLine = (heads: readonly string[], ...events: readonly ReknitEvent[]) =>
    isLinearOn(state(...heads), events.map(sealed));
  const [first, second] = [write('b:1', ['a:1']), write('b:2', ['b:1'])];

  test('where each follows the one before it, and the first all heads', () => {
    expect(isLine(['a:1'])).toBe(true);
    expect(isLine(['a:1'], first, second)).toBe(true);
    expect(isLine(['a:1', 'c:1'], write('b:1', ['a:1', 'c:1']), second)).toBe(true);
    expect(isLine(['a:1'], first, write('b:2', ['a:1', 'b:1']))).toBe(true);
    expect(isLine([], created, write('a:2', ['a:1']))).toBe(true);
  });

  test('and not where one has missed something', () => {
    expect(isLine(['c:1'], first)).toBe(false);
    expect(isLine(['a:1', 'c:1'], first)).toBe(false);
    expect(isLine(['a:1'], first, write('b:2', ['a:1']))).toBe(false);
    expect(isLine(['a:1'], first, write('c:1', ['a:1', 'd:1']))).toBe(false);
    expect(isLine(['a:1'], first, second, write('c:1', ['b:1']))).toBe(false);
  });

  test('by its parents, however many heads there are', () => {
    const sees = (heads: readonly string[], parents: readonly string[]) => seesAllHeads(heads as Dot[], parents as Dot[]);

    expect([sees([], []), sees([], ['x:1']), sees(['a:1'], ['a:1']), sees(['a:1'], ['b:1', 'a:1'])]).toEqual([true, true, true, true]);
    expect([sees(['a:1'], []), sees(['a:1'], ['b:1']), sees(['a:1'], ['b:1', 'c:1'])]).toEqual([false, false, false]);
    expect([sees(['a:1', 'b:1'], ['b:1', 'a:1']), sees(['a:1', 'b:1'], ['a:1']), sees(['a:1', 'b:1'], ['a:1', 'c:1'])]).toEqual([true, false, false]);
  }); // prettier-ignore
});

describe('a fold asks', () => {
  const state = { heads: ['b:1', 'c:1'] as Dot[], floor: 'a:1' as Dot, hasVoids: false };
  const needed = (
    events: readonly ReknitEvent[],
    on: Partial<typeof state> | { floor: undefined } = {},
    under = rules,
  ) => historyNeeded({ ...state, ...on }, events.map(sealed), under);

  test('for the part since the floor, and since what its events build on', () => {
    expect(needed([write('d:1', ['b:1'])])).toEqual({ since: ['a:1', 'b:1'] });
    expect(needed([write('d:1', ['a:1'])])).toEqual({ since: ['a:1'] });
    expect(needed([write('d:1', ['b:1']), write('d:2', ['d:1', 'c:1'])])).toEqual({ since: ['a:1', 'b:1', 'c:1'] });
    expect(needed([eventOf('d:1', 'resolve', { x: 1 }, ['b:1'])])).toEqual({ since: ['a:1', 'b:1'] });
  });

  test('for all of it where only that can tell', () => {
    const one = [write('d:1', ['b:1'])];
    const typeRules = (strategy: ReturnType<typeof lastWriteWins>) =>
      definePolicy({ name: 'test', version: 1, default: strategy }).rulesFor('task');
    const grouped = definePolicy({
      name: 'test',
      version: 1,
      resources: [defineResource('task', { version: 1, fields: { x: register(), y: register() } }).group('g', ['x', 'y'])],
    }).rulesFor('task');

    expect(needed(one, { hasVoids: true })).toBe('whole');
    expect(needed(one, { floor: undefined })).toBe('whole');
    expect([typeRules(threeWay()), typeRules(priorityBased()), grouped].map((under) => needed(one, {}, under))).toEqual(['whole', 'whole', 'whole']);
    expect(needed([...one, eventOf('d:2', 'create', {}, ['b:1'])])).toBe('whole');
    expect(needed([...one, eventOf('d:2', 'delete', null, ['b:1'])])).toBe('whole');
    expect(needed([...one, eventOf('d:2', 'resolve', null, ['b:1'])])).toBe('whole');
    expect(needed([...one, write('d:2', [])])).toBe('whole');
  }); // prettier-ignore
});

describe('a recent part', () => {
  const floor = write('a:2', [created]);
  const [left, right] = [write('b:1', [floor]), write('c:1', [floor], { y: 1 })];
  const before = foldAll([created, floor, left, right]).state;

  test('that begins with the floor is enough', () => {
    const next = write('b:2', [left], { y: 2 });
    const found = foldOn(before, [floor, left, right], [next]);

    expect(before.floor).toBe('a:2');
    expect(found.sawAll).toEqual([false]);
    expect(comparable(found.state)).toEqual(comparable(foldAll([created, floor, left, right, next]).state));
  });

  test('is refused where it cannot tell: after a delete, with a create in it, or with what does not hang together', () => {
    const next = write('b:2', [left]);
    const gone = eventOf('a:2', 'delete', null, [created]);
    const again = eventOf('a:2', 'resolve', null, [created]);
    const anew = eventOf('c:1', 'create', { y: 1 }, [floor]);

    expect(() => foldOn(before, [gone, left], [next])).toThrow(WholeHistoryNeeded);
    expect(() => foldOn(before, [again, left], [next])).toThrow(WholeHistoryNeeded);
    expect(() => foldOn(before, [floor, left, anew], [next])).toThrow(WholeHistoryNeeded);
    expect(() => foldOn(before, [floor, left, write('c:1', ['z:1'])], [next])).toThrow(WholeHistoryNeeded);
    expect(() => foldOn(before, [eventOf('a:2', 'create', {}, []), left, right], [next])).not.toThrow();
  });

  test('is refused for what may reach below it: a delete, a create, and a resolve to nothing', () => {
    for (const [operation, payload] of [
      ['delete', {}],
      ['delete', null],
      ['create', { y: 1 }],
      ['resolve', null],
    ] as const)
      expect(() => foldOn(before, [floor, left, right], [eventOf('b:2', operation, payload, [left])])).toThrow(
        WholeHistoryNeeded,
      );
    expect(() => foldOn(before, [floor, left, right], [eventOf('b:2', 'resolve', {}, [left])])).not.toThrow();
    expect(new WholeHistoryNeeded().name).toBe('WholeHistoryNeeded');
  });

  test('takes settled values as a store keeps them, without who wrote them', () => {
    const stored: ResourceState = {
      ...before,
      units: new Map(
        [...before.units].map(([key, { siblings }]) => [
          key,
          { siblings: siblings.map((write) => ({ ...write, facts: undefined })) },
        ]),
      ),
    };
    const next = write('b:2', [left], { y: 2 });
    const found = foldOn(stored, [floor, left, right], [next]).state;

    expect(found.units.get('y')?.siblings.map(({ dot, facts }) => [dot, facts?.dot])).toEqual([
      ['b:2', 'b:2'],
      ['c:1', 'c:1'],
    ]);
  });

  test('is asked for where an event is concurrent to what is there', () => {
    const draft = draftOf(before, rules);

    expect(() => createFold({ draft, ...context }).applyEvent(sealed(write('b:2', [left])))).toThrow(
      WholeHistoryNeeded,
    );
    expect(createFold({ draft, ...context }).applyEvent(sealed(write('d:1', [left, right])))).toBe(true);
  });

  test('gives what all events give, wherever it begins', () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 13, maxLength: 13 }), (given, at, fields) => {
        const graph = graphFrom([[0], ...given.map((sees) => [0, ...sees])]);
        const events: ReknitEvent[] = [created];
        for (let place = 1; place < graph.length; place += 1)
          events.push(write(`${'bcd'.charAt(place % 3)}:${place}`, graph.parentsOf(place).map((parent) => events[parent] as ReknitEvent), { [fields[place - 1] ?? 'x']: place }));
        const cut = 1 + (at % events.length);
        const [known, fresh] = [events.slice(0, cut), events.slice(cut)];
        const whole = foldAll(events);
        const state = foldAll(known).state;
        const wanted = historyNeeded(state, fresh.map(sealed), rules);
        expect(wanted).not.toBe('whole');
        if (wanted === 'whole') return;
        const from = known.findIndex((event) => wanted.since.includes(`${event.replicaId}:${event.seq}` as Dot));
        // A part begins with what had seen all before it, and was seen by all after it; else everything is asked for.
        if (whole.sawAll[from] !== true || events.some((_, place) => place > from && !graph.hasSeen(place, from))) return;

        const found = foldOn(state, known.slice(from), fresh);
        expect(comparable(found.state)).toEqual(comparable(whole.state));
        expect(found.sawAll).toEqual(whole.sawAll.slice(cut));
      }),
      { ...propertyOptions(), numRuns: 120 },
    );
  }); // prettier-ignore
});

describe('a conflict that stood at the floor of a recent part', () => {
  const [left, right] = [write('b:1', [created], { x: 1 }), write('c:1', [created], { x: 2 })];
  const floor = write('d:1', [left, right], { y: 1 });
  const [over, beside, apart] = [write('e:1', [floor]), write('f:1', [floor], { z: 1 }), write('h:1', [floor], { z: 2 })];
  const before = [created, left, right, floor];
  const stateAfter = (...events: readonly ReknitEvent[]) => foldAll([...before, ...events]).state;
  const closed = foldAll([...before, over]).closures.map(({ conflict }) => conflict);
  const closing = (found: ReturnType<typeof foldOn>) =>
    found.closures.map(({ conflict: { conflictId, siblings }, closer }) => [conflictId, siblings, closer.dot]);
  const byId = closed[0]?.conflictId;

  test('is closed by who writes its unit without having seen another who did', () => {
    const late = write('g:1', [floor]);
    const joined = write('g:1', [beside, apart]);

    expect(closed.map(({ siblings }) => siblings)).toEqual([['b:1', 'c:1']]);
    expect(closing(foldOn(stateAfter(beside), [floor, beside], [late]))).toEqual([[byId, ['b:1', 'c:1'], 'g:1']]);
    const three = [beside, apart, write('i:1', [floor], { z: 3 })];
    expect(closing(foldOn(stateAfter(...three), [floor, ...three], [joined]))).toEqual([
      [byId, ['b:1', 'c:1'], 'g:1'],
    ]);
    expect(closing(foldOn(stateAfter(over), [floor, over], [late], closed))).toEqual([[byId, ['b:1', 'c:1'], 'g:1']]);
    expect(closing(foldOn(stateAfter(beside), [floor, beside], [over, late]))).toEqual([
      [byId, ['b:1', 'c:1'], 'e:1'],
      [byId, ['b:1', 'c:1'], 'g:1'],
    ]);
  });

  test('and not by who has seen that it was closed, or writes something else', () => {
    const after = [over, apart];

    for (const event of [write('g:1', [over, beside]), write('g:1', [floor], { y: 3 }), write('g:1', [floor], { w: 3 })])
      expect(closing(foldOn(stateAfter(beside, ...after), [floor, beside, ...after], [event], closed))).toEqual([]);
  });

  test('is told from other conflicts that were closed since: on other units, and among what was written since', () => {
    const [conflict] = closed as [ConflictIdentity];
    const others: readonly ConflictIdentity[] = [
      { ...conflict, conflictId: 'existence', unit: { kind: 'existence' } },
      { ...conflict, conflictId: 'other field', unit: { kind: 'field', field: 'y' } },
      { ...conflict, conflictId: 'since', siblings: ['b:1', 'e:1'] as Dot[] },
    ];
    const late = write('g:1', [floor]);

    expect(closing(foldOn(stateAfter(over), [floor, over], [late], [...others, conflict]))).toEqual([
      [byId, ['b:1', 'c:1'], 'g:1'],
    ]);
    expect(closing(foldOn(stateAfter(over), [floor, over], [late], others))).toEqual([]);
  });
}); // prettier-ignore

describe('what a state tells', () => {
  const left = write('b:1', [created], { x: 1, y: 1 });
  const right = write('c:1', [created], { x: 2, y: 2 });
  const gone = eventOf('b:2', 'delete', null, [left]);
  const yielded = ({ units }: ResourceState, key: string) =>
    units.get(key)?.siblings.map(({ dot, yielded: isYielded }) => [dot, isYielded]);

  test('who yields: a write that its own side deleted, to one that the delete had not seen (R14)', () => {
    for (const order of [
      [created, left, gone, right],
      [created, right, left, gone],
    ]) {
      const { state } = foldAll(order);
      for (const key of ['x', 'y'])
        expect(yielded(state, key)).toEqual([
          ['b:1', true],
          ['c:1', false],
        ]);
    }
  });

  test('that nobody yields any more, once somebody went on after the delete without the other', () => {
    const goesOn = write('b:3', [gone], { z: 1 });

    expect(yielded(foldAll([created, left, gone, right, goesOn]).state, 'x')).toEqual([
      ['b:1', false],
      ['c:1', false],
    ]);
    expect(yielded(foldAll([created, left, right, write('d:1', [created], { z: 1 })]).state, 'x')).toEqual([
      ['b:1', false],
      ['c:1', false],
    ]);
  });

  test('who yields by the writes of each unit, where several stand on different ones', () => {
    const more = write('d:1', [created], { y: 3 });
    const { state } = foldAll([created, left, more, right, gone]);

    expect(yielded(state, 'x')).toEqual([
      ['b:1', true],
      ['c:1', false],
    ]);
    expect(yielded(state, 'y')).toEqual([
      ['b:1', true],
      ['c:1', false],
      ['d:1', false],
    ]);
  });

  test('what its events depend on, by who said it, until somebody who has seen that says it anew', () => {
    const on = (dot: string, parents: readonly ReknitEvent[], ids: readonly string[], operation: 'create' | 'update' = 'update') =>
      eventOf(dot, operation, { x: dot }, parents, { dependsOn: ids.map((resourceId) => ({ resourceType: 'task', resourceId })) });
    const told = (...events: readonly ReknitEvent[]) =>
      foldAll(events).state.dependsOn.map(({ dot, targets }) => [dot, targets.map(({ resourceId }) => resourceId)]);
    const first = on('a:1', [], ['one'], 'create');
    const [second, third] = [on('c:1', [first], ['two']), on('b:1', [first], ['three', 'four'])];

    expect(told(first)).toEqual([['a:1', ['one']]]);
    expect(told(first, second, third)).toEqual([['b:1', ['three', 'four']], ['c:1', ['two']]]);
    expect(told(first, second, write('c:2', [second]))).toEqual([['c:1', ['two']]]);
    expect(told(first, second, on('c:2', [second], []))).toEqual([['c:1', ['two']]]);
    expect(told(first, second, eventOf('c:2', 'create', {}, [second]))).toEqual([]);
    expect(told(first, second, on('c:2', [second], ['five']))).toEqual([['c:2', ['five']]]);
    expect(told(created)).toEqual([]);
  }); // prettier-ignore

  test('which conflicts about references are to stay as they are: those that an empty resolve names (R28)', () => {
    const said = (dot: string, operation: 'resolve' | 'update', payload: ReknitEvent['payload'], conflictId?: string) =>
      eventOf(dot, operation, payload, [created], conflictId === undefined ? {} : { conflictId });
    const kept = (...events: readonly ReknitEvent[]) =>
      foldAll([created, ...events]).state.kept.map(({ dot, conflictId }) => [dot, conflictId]);

    expect(kept(said('c:1', 'resolve', {}, 'one'), said('b:1', 'resolve', {}, 'two'))).toEqual([['b:1', 'two'], ['c:1', 'one']]);
    expect(kept(said('b:1', 'resolve', {}))).toEqual([]);
    expect(kept(said('b:1', 'resolve', { x: 1 }, 'one'))).toEqual([]);
    expect(kept(said('b:1', 'resolve', null, 'one'))).toEqual([]);
    expect(kept(said('b:1', 'update', {}, 'one'))).toEqual([]);
  }); // prettier-ignore

  test('that nothing is there yet', () => {
    expect(initialState(defaultResource)).toEqual({
      ...defaultResource,
      heads: [],
      existence: [],
      existenceBase: undefined,
      units: new Map(),
      dependsOn: [],
      kept: [],
      floor: undefined,
      branches: undefined,
      isLinear: true,
      hasVoids: false,
      effect: undefined,
    });
    expect(emptyDraft(defaultResource, rules).floors).toEqual([]);
  });

  test('its latest floor, though the part that was loaded begins before it', () => {
    const [floor, left2] = [write('a:2', [created]), write('b:1', ['a:2'])];
    const before = foldAll([created, floor, left2, write('c:1', ['a:2'], { y: 1 })]).state;

    expect(foldOn(before, [created, floor, left2, write('c:1', ['a:2'], { y: 1 })], [write('b:2', [left2])]).state.floor).toBe('a:2');
    expect(foldOn(before, [created, floor, left2, write('c:1', ['a:2'], { y: 1 })], [write('d:1', [created], { z: 1 })]).state.floor).toBe('a:1');
  }); // prettier-ignore
});

test('an event that has seen all closes what is contested, on the state alone', () => {
  const [left, right] = [write('b:1', [created], { x: 1, y: 1 }), write('c:1', [created], { x: 2, y: 1, z: 1 })];
  const contested = foldAll([created, left, right]).state;
  const closed = (payload: ReknitEvent['payload']) =>
    foldLine(draftOf(contested, rules), [sealed(write('d:1', [left, right], payload))], context).map(({ conflict, closer }) => [conflict.unit, conflict.siblings, closer.dot]);

  expect(closed({ x: 3, y: 3, z: 3 })).toEqual([[{ kind: 'field', field: 'x' }, ['b:1', 'c:1'], 'd:1']]);
  expect(closed({ z: 3 })).toEqual([]);
  expect(foldAll([created, left, right, write('d:1', [left, right], { x: 3 })]).closures).toHaveLength(1);
  expect(foldLine(draftOf(foldAll([created, left]).state, rules), [sealed(write('d:1', [left]))], context)).toEqual([]);
}); // prettier-ignore

test('events of an older version of their type are read in the form of this one', () => {
  const newer = definePolicy({
    name: 'test',
    version: 1,
    resources: [defineResource('task', { version: 2, fields: { y: register() }, upcast: { 1: ({ x }) => ({ y: x ?? null }) } })],
  });
  const draft = emptyDraft(defaultResource, newer.rulesFor('task'));
  const fold = createFold({ draft, policy: newer, sha256: fastSha256 });
  for (const event of [created, write('b:1', [created], { x: 1 }), write('c:1', [created], { x: 2 })]) fold.applyEvent(sealed(event));
  fold.finish();

  expect([...draft.units].map(([key, { siblings }]) => [key, siblings.map(({ dot, value }) => [dot, value])])).toEqual([['y', [['b:1', 1], ['c:1', 2]]]]);
  expect(draft.heads).toEqual(['b:1', 'c:1']);
}); // prettier-ignore

test('a line needs no history: it is folded on the state alone, what adds up included', () => {
  const counting = definePolicy({
    name: 'test',
    version: 1,
    resources: [defineResource('task', { version: 1, fields: { votes: counter() } })],
  });
  const line = [eventOf('a:1', 'create', { x: 1, votes: 2 }), write('a:2', ['a:1'], { votes: { $increment: 3 } }), write('b:1', ['a:2'], { x: 4 })];
  const draft = emptyDraft(defaultResource, counting.rulesFor('task'));
  const closures = foldLine(draft, line.map(sealed), { ...context, policy: counting });

  expect(closures).toEqual([]);
  expect(draft.pending.size).toBe(0);
  expect(draft.units.get('votes')?.accumulated?.value).toBe(5);
  expect(stateOf(draft, { disputes: true })).toMatchObject({
    heads: ['b:1'],
    floor: 'b:1',
    isLinear: true,
    hasVoids: false,
    branches: undefined,
    effect: { disputes: true },
  });
}); // prettier-ignore
