/**
 * The arbiter is judged by hand: one small story for each rule that is easily got wrong,
 * with the answer worked out from the rules, not from the model. The merge is held to the same stories.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import type { ConflictCase } from '../../src/domain/strategies/merge-strategy.js';
import { eventOf } from '../support/histories/event-builder.js';
import { foldedForm, modelForm } from '../support/histories/merge-cases.js';
import { modelOf } from '../support/model/model.js';
import type { ModelResource } from '../support/model/model-state.js';
import { tinyPolicy, type TinyPolicyOptions } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';

const people = tinyPolicy({
  byConflict: {
    concurrent_modification: tiny.leaveToPerson,
    create_create: tiny.leaveToPerson,
    concurrent_resolution: tiny.leaveToPerson,
  },
  existence: tiny.leaveToPerson,
});

/** What the model makes of a story; the merge is held to it, whatever the order. */
const judged = (events: readonly ReknitEvent[], policy: Policy) => {
  const expected = modelForm(events, policy);
  for (const order of [events, events.toReversed()]) expect(foldedForm(order, policy)).toEqual(expected);
  return modelOf(events, policy);
};

/** The only resource, or the one of that id. */
const resourceIn = (events: readonly ReknitEvent[], policy: Policy = people, resourceId = 'one'): ModelResource => {
  const found = judged(events, policy).resources.find((resource) => resource.resourceId === resourceId);
  if (found === undefined) throw new Error(`no resource ${resourceId}`);
  return found;
};

const created = eventOf('a:1', 'create', { title: 'old', status: 'todo' });

describe('registers', () => {
  test('concurrent writes of different fields merge silently', () => {
    const events = [
      created,
      eventOf('b:1', 'update', { title: 'new' }, [created]),
      eventOf('c:1', 'update', { status: 'done' }, [created]),
    ];

    const resource = resourceIn(events);

    expect(resource.fields).toEqual({ status: 'done', title: 'new' });
    expect(resource.standing).toEqual([]);
    expect(resource.heads).toEqual(['b:1', 'c:1']);
  });

  test('a write replaces what it has seen, though its clock is behind (R2)', () => {
    const first = eventOf('a:1', 'create', { title: 'old' }, [], { atMs: 900 });
    const second = eventOf('b:1', 'update', { title: 'new' }, [first], { atMs: 1 });

    expect(resourceIn([second, first])).toMatchObject({ fields: { title: 'new' }, standing: [] });
  });

  test('equal values agree whatever the order of their keys, and every survivor of a conflict is listed (R16)', () => {
    const one = eventOf('b:1', 'update', { title: { x: 1, y: 2 } }, [created]);
    const same = eventOf('c:1', 'update', { title: { y: 2, x: 1 } }, [created]);
    const other = eventOf('d:1', 'update', { title: null }, [created]);

    expect(resourceIn([created, one, same]).standing).toEqual([]);
    expect(resourceIn([created, one, same, other]).standing).toMatchObject([
      {
        conflictType: 'concurrent_modification',
        unit: ['field', 'title'],
        siblings: ['b:1', 'c:1', 'd:1'],
        outcome: 'pending',
      },
    ]);
  });

  test('null is a value: it stands against another one and, in a group, against absence (R24)', () => {
    const policy = tinyPolicy({
      groups: { address: ['street', 'city'] },
      byConflict: { concurrent_modification: tiny.leaveToPerson },
    });
    const born = eventOf('a:1', 'create', {});
    const withNull = eventOf('b:1', 'update', { street: 'x', city: null }, [born], { atMs: 1 });
    const without = eventOf('c:1', 'update', { street: 'x' }, [born]);

    const resource = resourceIn([born, withNull, without], policy);

    expect(resource.standing).toMatchObject([
      { unit: ['group', 'address'], siblings: ['b:1', 'c:1'], outcome: 'pending' },
    ]);
    expect(resource.fields).toEqual({ city: null, street: 'x' });
  });

  test('dots order by UTF-16 code units, then by number, split at the last colon; ids hash that order (R1, R18)', () => {
    const born = eventOf('a:1', 'create', {});
    const dots = ['b:10', 'b:9', 'a:1:2', 'Z:1', '\uFF5E:1', '😀:1'];
    const writes = dots.map((dot) => eventOf(dot, 'update', { title: dot }, [born]));

    const [conflict] = resourceIn([born, ...writes]).standing;

    const inOrder = ['Z:1', 'a:1:2', 'b:9', 'b:10', '😀:1', '\uFF5E:1'];
    expect(conflict?.siblings).toEqual(inOrder);
    const text = `["task","one",["field","title"],["Z:1","a:1:2","b:9","b:10","😀:1","\uFF5E:1"]]`;
    expect(conflict?.conflictId).toBe(createHash('sha256').update(text).digest('hex'));
  });
});

describe('deletion and re-creation', () => {
  const edited = eventOf('a:2', 'update', { title: 'mine' }, [created]);
  const deleted = eventOf('a:3', 'delete', null, [edited]);
  const theirs = eventOf('b:1', 'update', { title: 'theirs' }, [created]);

  test('a value that its own side deleted yields to the one of the other side (R14)', () => {
    const resource = resourceIn([created, edited, deleted, theirs]);

    expect(resource.fields).toEqual({ status: 'todo', title: 'theirs' });
    expect(resource.standing).toMatchObject([{ unit: ['existence'], siblings: ['a:3', 'b:1'] }]);
  });

  test('a deleted value that somebody kept does not yield (R14)', () => {
    const keeps = eventOf('c:1', 'resolve', {}, [deleted]);

    const { standing } = resourceIn([created, edited, deleted, theirs, keeps]);

    expect(standing).toMatchObject([{ unit: ['field', 'title'], siblings: ['a:2', 'b:1'], outcome: 'pending' }]);
  });

  test('writes that yield to each other both stay (R14)', () => {
    const theirDelete = eventOf('b:2', 'delete', {}, [theirs]);
    const touched = eventOf('c:1', 'update', { status: 'done' }, [created]);

    const { standing } = resourceIn([created, edited, deleted, theirs, theirDelete, touched]);

    expect(standing.map(({ unit, siblings }) => ({ unit, siblings }))).toContainEqual({
      unit: ['field', 'title'],
      siblings: ['a:2', 'b:1'],
    });
  });

  test('a create clears what it saw and makes no claim on what it does not name (R11)', () => {
    const again = eventOf('a:4', 'create', { status: 'again' }, [deleted]);

    expect(resourceIn([created, edited, deleted, again]).fields).toEqual({ status: 'again' });
    expect(resourceIn([created, edited, deleted, again, theirs]).fields).toEqual({ status: 'again', title: 'theirs' });
  });

  test('an edit of the old title stands against a re-creation that names the title (R11)', () => {
    const again = eventOf('a:4', 'create', { title: 'second life' }, [deleted]);

    const { standing } = resourceIn([created, edited, deleted, again, theirs]);

    expect(standing).toMatchObject([{ conflictType: 'concurrent_modification', siblings: ['a:4', 'b:1'] }]);
  });

  test('a re-creation against a concurrent delete of the old one is a delete_update (R12)', () => {
    const again = eventOf('a:4', 'create', { title: 'second life' }, [deleted]);
    const theirDelete = eventOf('b:1', 'delete', null, [created]);

    const resource = resourceIn([created, edited, deleted, again, theirDelete]);

    expect(resource).toMatchObject({
      deleted: false,
      standing: [{ conflictType: 'delete_update', siblings: ['a:4', 'b:1'] }],
    });
  });

  test('deletes that agree end every question about the fields (R15)', () => {
    const rivals = [edited, theirs];
    const theirDelete = eventOf('b:2', 'delete', null, [theirs]);

    const resource = resourceIn([created, ...rivals, deleted, theirDelete]);

    expect(resource).toMatchObject({ deleted: true, standing: [] });
    expect(resource.fields).toEqual({ status: 'todo', title: 'theirs' });
  });

  test('a decision for deleted makes the conflicts of fields moot, and they stay listed (R15)', () => {
    const deleteWins = tinyPolicy({
      existence: tiny.existenceWins('deleted'),
      byConflict: { concurrent_modification: tiny.throws },
    });
    const one = eventOf('b:1', 'update', { title: 'one' }, [created], { atMs: 5 });
    const two = eventOf('c:1', 'update', { title: 'two' }, [created]);
    const gone = eventOf('d:1', 'delete', {}, [created]);

    const resource = resourceIn([created, one, two, gone], deleteWins);

    expect(resource).toMatchObject({ deleted: true, fields: { title: 'one' } });
    expect(resource.standing.map(({ unit, outcome }) => ({ unit, outcome }))).toEqual(
      expect.arrayContaining([
        { unit: ['existence'], outcome: { value: 'deleted' } },
        { unit: ['field', 'title'], outcome: 'moot' },
      ]),
    );
  });

  test('a resolve with null deletes, one with {} keeps (R29)', () => {
    const gone = eventOf('a:3', 'delete', {}, [created]);
    const update = eventOf('b:1', 'update', { title: 'x' }, [created]);
    const settledAs = (payload: {} | null): ModelResource =>
      resourceIn([created, gone, update, eventOf('c:1', 'resolve', payload, [gone, update])]);

    expect(settledAs(null)).toMatchObject({
      deleted: true,
      standing: [],
      log: [{ unit: ['existence'], closedBy: ['c:1'] }],
    });
    expect(settledAs({})).toMatchObject({ deleted: false, standing: [], fields: { title: 'x', status: 'todo' } });
  });
});

describe('forks, twins and what cannot be applied', () => {
  test('a fork keeps its place with the shared parents, writes nothing, and its descendants stay (R5)', () => {
    const left = eventOf('b:1', 'update', { title: 'left' }, [created]);
    const right = eventOf('c:1', 'update', { status: 'right' }, [created]);
    const variants = [
      eventOf('d:1', 'update', { title: 'first' }, [left, right]),
      eventOf('d:1', 'update', { title: 'second' }, [left], { eventId: 'other' }),
    ];
    const after = eventOf('d:2', 'update', { note: 'stays' }, ['d:1']);

    const state = judged([created, left, right, ...variants, after], people);

    expect(state.voids).toEqual(['d:1']);
    // The void has only `left` for a parent, so `right` is a head again.
    expect(state.resources).toMatchObject([
      { heads: ['c:1', 'd:2'], fields: { title: 'left', status: 'right', note: 'stays' }, standing: [], log: [] },
    ]);
  });

  test('a dot forked across two resources is void on both, and seen though a variant is parked (R5)', () => {
    const elsewhere = { resourceType: 'task', resourceId: 'two' };
    const here = eventOf('b:1', 'update', { title: 'here' }, [created]);
    const there = eventOf('b:1', 'update', { title: 'there' }, ['x:1'], { resource: elsewhere });

    const state = judged([created, here, there], people);

    expect(state).toMatchObject({
      voids: ['b:1'],
      parked: ['b:1'],
      resources: [{ heads: ['b:1'], fields: { title: 'old' } }],
    });
  });

  test('twins are both kept and agree; another change under one event id voids every dot of it (R6)', () => {
    const job = { eventId: 'nightly job' };
    const once = eventOf('b:1', 'update', { status: 'done' }, [created], job);
    const twice = eventOf('c:1', 'update', { status: 'done' }, [created], job);
    const clash = eventOf('d:1', 'update', { status: 'failed' }, [created], job);

    expect(judged([created, once, twice], people)).toMatchObject({
      twins: [['b:1', 'c:1']],
      voids: [],
      resources: [{ fields: { status: 'done' }, standing: [], heads: ['b:1', 'c:1'] }],
    });
    expect(judged([created, once, twice, clash], people)).toMatchObject({
      twins: [],
      voids: ['b:1', 'c:1', 'd:1'],
      resources: [{ fields: { status: 'todo' }, heads: ['b:1', 'c:1', 'd:1'] }],
    });
  });

  test('an event waits for its parents, for ever if a parent is of another resource (R3)', () => {
    const elsewhere = eventOf('b:1', 'create', {}, [], { resource: { resourceType: 'task', resourceId: 'two' } });
    const early = eventOf('c:2', 'update', { title: 'early' }, ['c:1']);
    const stray = eventOf('d:1', 'update', { title: 'stray' }, [created, elsewhere]);
    const afterStray = eventOf('d:2', 'update', { title: 'after' }, [stray]);

    const state = judged([afterStray, stray, early, elsewhere, created], people);

    expect(state.parked).toEqual(['c:2', 'd:1', 'd:2']);
    expect(resourceIn([afterStray, stray, early, elsewhere, created]).fields).toEqual({ title: 'old', status: 'todo' });
  });
});

describe('composite units', () => {
  const address = tinyPolicy({
    groups: { address: ['street', 'city'] },
    byConflict: { concurrent_modification: tiny.leaveToPerson },
  });

  test('a partial update takes the rest from the last write in its own past, not from the whole set (R23)', () => {
    const born = eventOf('a:1', 'create', { street: 'elm', city: 'ulm' });
    const moved = eventOf('b:1', 'update', { city: 'bonn' }, [born]);
    const renamed = eventOf('c:1', 'update', { street: 'oak' }, [born]);
    const policy = tinyPolicy({
      groups: { address: ['street', 'city'] },
      byUnit: { address: tiny.lastWriteWins },
    });

    const resource = resourceIn([born, moved, renamed], policy);

    expect(resource.standing).toMatchObject([{ unit: ['group', 'address'], outcome: { winner: 'c:1' } }]);
    expect(resource.fields).toEqual({ street: 'oak', city: 'ulm' });
  });

  test('creates and resolves carry the whole value: what they do not name is absent (R23)', () => {
    const born = eventOf('a:1', 'create', { street: 'elm', city: 'ulm', title: 'kept' });
    const settled = eventOf('b:1', 'resolve', { street: 'oak' }, [born]);

    expect(resourceIn([born, settled], address).fields).toEqual({ street: 'oak', title: 'kept' });
  });

  test('a whole resource is one unit, and a decided value has to be an object (R23, R24)', () => {
    const born = eventOf('a:1', 'create', { title: 'x' });
    const rivals = [
      eventOf('b:1', 'update', { title: 'y' }, [born], { atMs: 1 }),
      eventOf('c:1', 'update', { status: 'z' }, [born]),
    ];
    const decidedAs = (value: string | { title: string }): ModelResource =>
      resourceIn([born, ...rivals], tinyPolicy({ wholeResource: true, byUnit: { resource: tiny.answers(value) } }));

    expect(decidedAs('text')).toMatchObject({
      fields: { title: 'y' },
      standing: [{ unit: ['resource'], outcome: 'pending' }],
    });
    expect(decidedAs({ title: 'both' }).fields).toEqual({ title: 'both' });
  });
});

describe('what a conflict is, and who closes it', () => {
  test('its kind is the first that holds (R17)', () => {
    const kindOf = (...events: ReknitEvent[]): string | undefined => resourceIn(events).standing[0]?.conflictType;
    const twoCreates = [eventOf('b:1', 'create', { title: 'b' }), eventOf('c:1', 'create', { title: 'c' })];
    const agreeingResolves = [
      eventOf('b:2', 'resolve', { title: 'r' }, [created]),
      eventOf('c:2', 'resolve', { title: 'r' }, [created]),
    ];

    expect(kindOf(...twoCreates)).toBe('create_create');
    expect(kindOf(created, ...agreeingResolves, eventOf('d:1', 'update', { title: 'u' }, [created]))).toBe(
      'concurrent_modification',
    );
    expect(kindOf(created, eventOf('b:2', 'resolve', null, [created]), eventOf('c:2', 'resolve', {}, [created]))).toBe(
      'concurrent_resolution',
    );
    expect(kindOf(created, eventOf('b:2', 'resolve', {}, [created]), eventOf('c:2', 'delete', {}, [created]))).toBe(
      'delete_update',
    );
  });

  test('a conflict that two people close at once is one entry with two closers (R20)', () => {
    const rivals = [
      eventOf('b:1', 'update', { title: 'b' }, [created]),
      eventOf('c:1', 'update', { title: 'c' }, [created]),
    ];
    const settled = eventOf('d:1', 'resolve', { title: 'b' }, rivals);
    const overwritten = eventOf('e:1', 'update', { title: 'e' }, rivals);

    const before = resourceIn([created, ...rivals]);
    const after = resourceIn([created, ...rivals, settled, overwritten]);

    expect(after.log).toMatchObject([
      { conflictId: before.standing[0]?.conflictId, siblings: ['b:1', 'c:1'], closedBy: ['d:1', 'e:1'] },
    ]);
    expect(after.standing).toMatchObject([{ siblings: ['d:1', 'e:1'] }]);
  });

  test('a write of another field closes nothing, but ends a dispute about existence (R20, R31)', () => {
    const rivals = [
      eventOf('b:1', 'update', { title: 'b' }, [created]),
      eventOf('c:1', 'update', { title: 'c' }, [created]),
      eventOf('d:1', 'delete', null, [created]),
    ];
    const status = eventOf('e:1', 'update', { status: 'done' }, rivals);

    const resource = resourceIn([created, ...rivals, status]);

    expect(resource.log).toMatchObject([
      { conflictType: 'delete_update', siblings: ['b:1', 'c:1', 'd:1'], closedBy: ['e:1'] },
    ]);
    expect(resource.standing).toMatchObject([{ unit: ['field', 'title'] }]);
  });
});

describe('what a strategy sees, and what counts of its answer', () => {
  const seenBy = (events: readonly ReknitEvent[], options: TinyPolicyOptions): ConflictCase => {
    const cases: ConflictCase[] = [];
    const spy = {
      ...tiny.lastWriteWins,
      usesBase: true,
      decide: (conflict: ConflictCase) => (cases.push(conflict), { undecided: true } as const),
    };
    resourceIn(events, tinyPolicy({ ...options, byUnit: { title: spy } }));
    const [only] = cases;
    if (only === undefined) throw new Error('the strategy was not asked');
    return only;
  };

  test('the base is what two common ancestors agree on, or there is none (R21)', () => {
    const caseAfter = (left: string, right: string): ConflictCase => {
      const ancestors = [
        eventOf('b:1', 'update', { title: left }, [created]),
        eventOf('c:1', 'update', { title: right }, [created]),
      ];
      return seenBy(
        [
          created,
          ...ancestors,
          eventOf('d:1', 'update', { title: 'd' }, ancestors),
          eventOf('e:1', 'update', { title: 'e' }, ancestors),
        ],
        {},
      );
    };

    expect(caseAfter('same', 'same')).toMatchObject({ hasBase: true, base: 'same' });
    expect(caseAfter('left', 'right').hasBase).toBe(false);
  });

  test('a create that does not name the unit is a base of absence; without an ancestor there is no base (R21)', () => {
    const born = eventOf('a:1', 'create', { status: 'todo' });
    const rivals = [eventOf('b:1', 'update', { title: 'b' }, [born]), eventOf('c:1', 'update', { title: 'c' }, [born])];
    const strangers = [eventOf('b:1', 'create', { title: 'b' }), eventOf('c:1', 'create', { title: 'c' })];

    const absent = seenBy([born, ...rivals], {});

    expect(absent.hasBase).toBe(true);
    expect(absent.base).toBeUndefined();
    expect(seenBy(strangers, {}).hasBase).toBe(false);
  });

  test('priority: the own, the agent’s, the one in the own past, medium (R22)', () => {
    const raised = eventOf('b:1', 'update', { priority: 'critical' }, [created]);
    const rivals = [
      eventOf('a:2', 'update', { title: 'own' }, [created], { priority: 'low', agentId: 'boss' }),
      eventOf('c:1', 'update', { title: 'agent' }, [raised], { agentId: 'boss' }),
      eventOf('d:1', 'update', { title: 'past' }, [raised]),
      eventOf('e:1', 'update', { title: 'none' }, [created]),
      eventOf('f:1', 'update', { title: 'itself', priority: 2.5 }, [created]),
    ];

    const { siblings } = seenBy([created, raised, ...rivals], { agentPriorities: { boss: 2 }, usesPriority: true });

    expect(siblings.map(({ value, priority }) => [value, priority])).toEqual([
      ['own', 0],
      ['agent', 2],
      ['past', 3],
      ['none', 1],
      ['itself', 2.5],
    ]);
  });

  test('a throw, a stranger for a winner, two answers, or no JSON leave the conflict pending (R19, R24)', () => {
    const rivals = [
      eventOf('b:1', 'update', { title: 'b' }, [created], { atMs: 9 }),
      eventOf('c:1', 'update', { title: 'c' }, [created]),
    ];
    const decidedBy = (strategy: typeof tiny.throws): ModelResource =>
      resourceIn([created, ...rivals], tinyPolicy({ byUnit: { title: strategy } }));
    const meddles = {
      ...tiny.lastWriteWins,
      decide: (conflict: ConflictCase) => ({ winner: (conflict.siblings as unknown[]).pop() as never }),
    };
    const wrong = [
      undefined,
      'b',
      {},
      { winner: { dot: 'a:1' } },
      { value: 'x', undecided: true },
      { value: Number.NaN },
      { value: new Date(0) },
      { apply: 'detach' },
    ];

    for (const strategy of [tiny.throws, meddles, ...wrong.map(tiny.answersWrongly)])
      expect(decidedBy(strategy)).toMatchObject({ fields: { title: 'b' }, standing: [{ outcome: 'pending' }] });
    expect(decidedBy(tiny.answers(null))).toMatchObject({
      fields: { title: null },
      standing: [{ outcome: { value: null } }],
    });
    expect(decidedBy(tiny.answers(undefined))).toMatchObject({
      fields: { status: 'todo' },
      standing: [{ outcome: { absent: true } }],
    });
  });
});

describe('dependencies', () => {
  const ref = (resourceId: string) => ({ resourceType: 'task', resourceId });
  const at = (resourceId: string) => ({ resource: ref(resourceId) });
  const withStrategy = (dependency: typeof tiny.throws): Policy =>
    tinyPolicy({ references: { parent: 'task' }, byConflict: { dependency } });
  const parent = eventOf('a:1', 'create', { title: 'parent' }, [], at('parent'));
  const child = eventOf('b:1', 'create', { parent: 'parent' }, [], { ...at('child'), sees: [parent] });
  const parentGone = eventOf('a:2', 'delete', null, [parent], at('parent'));
  const story = [parent, child, parentGone];

  test('a reference and a delete that knew nothing of each other are a conflict of the one that refers (R26)', () => {
    const resource = resourceIn(story, withStrategy(tiny.leaveToPerson), 'child');

    const text = '["task","child",["dependency","parent",["task","parent"]],["a:2","b:1"]]';
    expect(resource.standing).toEqual([
      {
        conflictId: createHash('sha256').update(text).digest('hex'),
        conflictType: 'dependency',
        unit: ['dependency', 'parent', ['task', 'parent']],
        siblings: ['a:2', 'b:1'],
        outcome: 'pending',
      },
    ]);
    expect(resource.fields).toEqual({ parent: 'parent' });
  });

  test('whoever had seen the other side, or something after it, makes no conflict (R25, R26)', () => {
    const knowingly = eventOf('b:1', 'create', { parent: 'parent' }, [], { ...at('child'), sees: [parentGone] });
    const childLater = eventOf('b:2', 'update', { title: 'x' }, [child], at('child'));
    const despite = eventOf('a:2', 'delete', null, [parent], { ...at('parent'), sees: [childLater] });
    const unknown = eventOf('b:1', 'create', { parent: 'nowhere' }, [], at('child'));

    const standingAfter = (...events: ReknitEvent[]) =>
      resourceIn(events, withStrategy(tiny.leaveToPerson), 'child').standing;

    expect(standingAfter(parent, knowingly, parentGone)).toEqual([]);
    expect(standingAfter(parent, child, childLater, despite)).toEqual([]);
    expect(standingAfter(unknown)).toEqual([]);
  });

  test('restoring goes up a chain, round by round, and a restored one is shown alive (R27)', () => {
    const grandparent = eventOf('c:1', 'create', {}, [], at('grandparent'));
    const parentRefers = eventOf('a:1', 'create', { parent: 'grandparent' }, [], at('parent'));
    const gone = [
      eventOf('a:2', 'delete', null, [parentRefers], at('parent')),
      eventOf('c:2', 'delete', null, [grandparent], at('grandparent')),
    ];

    const { resources } = judged([grandparent, parentRefers, child, ...gone], withStrategy(tiny.applies('restore')));

    expect(resources.map(({ resourceId, deleted }) => [resourceId, deleted])).toEqual([
      ['child', false],
      ['grandparent', false],
      ['parent', false],
    ]);
    expect(resources.map(({ standing }) => standing.map(({ siblings, outcome }) => ({ siblings, outcome })))).toEqual([
      [{ siblings: ['a:2', 'b:1'], outcome: { apply: 'restore' } }],
      [],
      [{ siblings: ['a:1', 'c:2'], outcome: { apply: 'restore' } }],
    ]);
  });

  test('a cascade goes down a chain, each step standing against the delete at its beginning (R27)', () => {
    const grandchild = eventOf('c:1', 'create', { parent: 'child' }, [], at('grandchild'));

    const { resources } = judged([...story, grandchild], withStrategy(tiny.applies('cascade')));

    expect(resources).toMatchObject([
      { resourceId: 'child', deleted: true, standing: [{ siblings: ['a:2', 'b:1'], outcome: { apply: 'cascade' } }] },
      {
        resourceId: 'grandchild',
        deleted: true,
        standing: [{ siblings: ['a:2', 'c:1'], outcome: { apply: 'cascade' } }],
      },
      { resourceId: 'parent', deleted: true, standing: [] },
    ]);
  });

  test('what was restored is not cascaded: that conflict waits for a person (R27)', () => {
    const { resources } = judged(
      [
        eventOf('a:1', 'create', { owner: 'owner' }, [], at('parent')),
        eventOf('a:2', 'delete', null, ['a:1'], at('parent')),
        eventOf('b:1', 'create', { parent: 'parent' }, [], at('child')),
        eventOf('c:1', 'create', {}, [], at('owner')),
        eventOf('c:2', 'delete', null, ['c:1'], at('owner')),
      ],
      tinyPolicy({
        references: { parent: 'task', owner: 'task' },
        byReference: { parent: tiny.applies('restore'), owner: tiny.applies('cascade') },
      }),
    );

    expect(resources).toMatchObject([
      { resourceId: 'child', deleted: false, standing: [{ outcome: { apply: 'restore' } }] },
      { resourceId: 'owner', deleted: true },
      { resourceId: 'parent', deleted: false, standing: [{ siblings: ['a:1', 'c:2'], outcome: 'pending' }] },
    ]);
  });

  test('detaching changes only what the field shows; an answer that is no action waits (R27, R19)', () => {
    expect(resourceIn(story, withStrategy(tiny.applies('detach')), 'child')).toMatchObject({
      fields: { parent: null },
      standing: [{ outcome: { apply: 'detach' } }],
    });
    expect(resourceIn(story, withStrategy(tiny.answers(null)), 'child')).toMatchObject({
      fields: { parent: 'parent' },
      standing: [{ outcome: 'pending' }],
    });
  });

  test('a dependency that a person leaves dangling is closed by that resolve, and only that one (R28)', () => {
    const [conflict] = resourceIn(story, withStrategy(tiny.applies('cascade')), 'child').standing;
    const keep = eventOf('c:1', 'resolve', {}, [child], { ...at('child'), conflictId: conflict?.conflictId ?? '' });
    const secondDelete = eventOf('d:1', 'delete', null, [parent], at('parent'));

    const kept = resourceIn([...story, keep], withStrategy(tiny.applies('cascade')), 'child');
    const disputedAnew = resourceIn([...story, keep, secondDelete], withStrategy(tiny.applies('cascade')), 'child');

    expect(kept).toMatchObject({
      deleted: false,
      standing: [],
      log: [{ conflictId: conflict?.conflictId, closedBy: ['c:1'] }],
    });
    expect(disputedAnew).toMatchObject({ deleted: true, standing: [{ siblings: ['a:2', 'b:1', 'd:1'] }] });
  });

  test('every sibling of dependsOn counts, and a create clears those that it saw (R11, R26)', () => {
    const born = eventOf('b:1', 'create', {}, [], at('child'));
    const one = eventOf('b:2', 'update', { title: 'x' }, [born], { ...at('child'), dependsOn: [ref('parent')] });
    const two = eventOf('c:1', 'update', { title: 'x' }, [born], {
      ...at('child'),
      dependsOn: [ref('parent'), ref('unknown')],
    });
    const again = eventOf('d:1', 'create', {}, [one], at('child'));
    const standingAfter = (...events: ReknitEvent[]) =>
      resourceIn([parent, parentGone, born, ...events], withStrategy(tiny.leaveToPerson), 'child').standing;

    expect(standingAfter(one, two)).toMatchObject([
      { unit: ['dependency', 'dependsOn', ['task', 'parent']], siblings: ['a:2', 'b:2', 'c:1'] },
    ]);
    expect(standingAfter(one, two, again)).toMatchObject([{ siblings: ['a:2', 'c:1'] }]);
  });
});
