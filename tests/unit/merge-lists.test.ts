/** Two plain lists merged in memory (R39), each example by hand. */
import { describe, expect, test } from 'vitest';
import { mergeEvents } from '../../src/domain/merge/merge-events.js';
import type { PlainEvent } from '../../src/domain/merge/plain-events.js';
import { foldEvents, foldResource } from '../../src/domain/merge/fold-events.js';
import { compareDots } from '../../src/domain/causality/dot.js';
import type { Dot } from '../../src/domain/events/event.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { definePolicy, lastWriteWins, maximum, userChoice } from '../../src/domain/strategies/index.js';
import { defineResource, register } from '../../src/domain/resource-definition/index.js';
import { fastSha256 } from '../support/engine.js';
import { eventOf, timestampAt } from '../support/histories/event-builder.js';

const event = (
  eventId: string,
  operation: string,
  payload: JsonObject | null | undefined,
  atMs = 0,
  more: JsonObject = {},
): PlainEvent => ({
  eventId,
  agentId: `agent of ${eventId}`,
  resourceType: 'task',
  resourceId: 'one',
  operation,
  timestamp: timestampAt(atMs),
  ...(payload === undefined ? {} : { payload }),
  ...more,
});
const people = definePolicy({ name: 'people', version: 1, default: userChoice() });
const merged = (local: readonly PlainEvent[], remote: readonly PlainEvent[], policy = people) =>
  mergeEvents(local, remote, policy, fastSha256);
const ids = (list: readonly { readonly eventId: string }[]) => list.map(({ eventId }) => eventId);

const created = event('e0', 'create', { title: 'old', status: 'todo' });
const mine = event('e1', 'update', { title: 'mine' }, 1);
const theirs = event('e2', 'update', { title: 'theirs' }, 2);

describe('two lists', () => {
  test('are a common past and two branches: what both changed to different things is a conflict', () => {
    const { mergedEvents, conflicts, resources, resolutionStrategy, conflictCount } = merged(
      [created, mine],
      [created, theirs],
    );

    expect(ids(mergedEvents)).toEqual(['e0', 'e1', 'e2']);
    expect(conflictCount).toBe(1);
    expect(resolutionStrategy).toBe('user_choice');
    expect(conflicts).toEqual([
      {
        conflictId: conflicts[0]?.conflictId,
        conflictType: 'concurrent_modification',
        resourceType: 'task',
        resourceId: 'one',
        unit: { kind: 'field', field: 'title' },
        siblings: expect.arrayContaining([mergedEvents[1], mergedEvents[2]]) as unknown,
        local: mergedEvents[1],
        remote: mergedEvents[2],
        resolutionStrategy: 'user_choice',
        resolution: { type: 'pending' },
        status: 'pending_review',
      },
    ]);
    expect(resources).toEqual([
      {
        resourceType: 'task',
        resourceId: 'one',
        fields: { title: 'theirs', status: 'todo' },
        deleted: false,
        updatedAt: timestampAt(2),
        updatedBy: 'agent of e2',
      },
    ]);
  });

  test('give the same in both orders, but for the words local and remote', () => {
    const [one, other] = [merged([created, mine], [created, theirs]), merged([created, theirs], [created, mine])];

    expect(other.mergedEvents).toEqual(one.mergedEvents);
    expect(other.resources).toEqual(one.resources);
    expect(other.conflicts[0]?.local).toEqual(one.conflicts[0]?.remote);
    expect(other.conflicts[0]?.remote).toEqual(one.conflicts[0]?.local);
    expect(other.conflicts[0]?.conflictId).toBe(one.conflicts[0]?.conflictId);
  });

  test('complete what their events lack: a replica of its own for each, and the one before as parent', () => {
    const note = event('n0', 'create', { a: 1 }, 5, { resourceId: 'two' });
    const { mergedEvents } = merged([created, note, mine], [created, theirs, event('e3', 'delete', undefined, 3)]);
    const byId = new Map(mergedEvents.map((one) => [one.eventId as string, one]));
    const dotOf = (id: string) => `${byId.get(id)?.replicaId ?? ''}:1`;

    expect(byId.get('e0')).toMatchObject({
      seq: 1,
      counter: 0,
      schemaVersion: 1,
      parents: [],
      replicaId: expect.stringMatching(/^~[0-9a-f]{32}$/u) as string,
    });
    expect([
      byId.get('e1')?.parents,
      byId.get('e2')?.parents,
      byId.get('e3')?.parents,
      byId.get('n0')?.parents,
    ]).toEqual([[dotOf('e0')], [dotOf('e0')], [dotOf('e2')], []]);
    expect(byId.get('e3')?.payload).toEqual({});
    expect(new Set(mergedEvents.map(({ replicaId }) => replicaId)).size).toBe(mergedEvents.length);
  });

  test('keep what their events say', () => {
    const told = event('e1', 'update', { title: 'x' }, 1, {
      counter: 7,
      schemaVersion: 3,
      note: 'why',
      priority: 'high',
    });
    const [, found] = merged([created, told], []).mergedEvents;

    expect(found).toMatchObject({ counter: 7, schemaVersion: 3, note: 'why', priority: 'high' });
  });

  test('delete by a resolve to nothing, and by a delete with or without a payload', () => {
    for (const last of [event('e1', 'resolve', null, 1), event('e1', 'delete', null, 1), event('e1', 'delete', {}, 1)])
      expect(merged([created, last], [created]).resources[0]).toMatchObject({
        deleted: true,
        updatedBy: 'agent of e1',
      });
    expect(merged([created, event('e1', 'resolve', {}, 1)], []).resources[0]?.deleted).toBe(false);
    expect(merged([created, event('e1', 'resolve', undefined, 1)], []).resources[0]?.deleted).toBe(false);
    expect(merged([event('e0', 'create', null)], []).resources[0]?.fields).toEqual({});
  });

  test('may hold an event that both have after different ones: it has seen both', () => {
    const both = event('e3', 'update', { title: 'agreed' }, 3);
    const { mergedEvents, conflicts, resources } = merged([created, mine, both], [created, theirs, both]);
    const last = mergedEvents.at(-1);
    const dots = mergedEvents.slice(1, 3).map(({ replicaId }) => `${replicaId}:1` as Dot);

    expect(last?.parents).toEqual([...dots].sort(compareDots));
    expect(conflicts).toEqual([]);
    expect(resources[0]?.fields['title']).toBe('agreed');
  });

  test('may hold an event twice, which counts once', () => {
    expect(merged([created, mine, created, mine], [created, created])).toEqual(merged([created, mine], [created]));
  });

  test('may hold an event twice that both have, wherever it comes again', () => {
    expect(ids(merged([created, mine, created], [created, mine, theirs]).mergedEvents)).toEqual(['e0', 'e1', 'e2']);
  });

  test('give parents and conflicts in one order, however many there are', () => {
    const fields = ['a', 'b', 'c', 'd', 'e', 'f'];
    const each = (side: string, atMs: number) =>
      fields.map((field) => event(`${side}${field}`, 'create', { title: side }, atMs, { resourceId: field }));
    const both = fields.map((field) => event(`z${field}`, 'update', { status: 'x' }, 9, { resourceId: field }));
    const { mergedEvents, conflicts } = merged([...each('l', 1), ...both], [...each('r', 2), ...both]);

    const known = conflicts.map(({ conflictId }) => conflictId);
    expect(known.length).toBeGreaterThan(0);
    expect(known).toEqual(known.toSorted());
    for (const { parents } of mergedEvents) expect(parents).toEqual(parents.toSorted(compareDots));
    expect(mergedEvents.filter(({ parents }) => parents.length === 2)).toHaveLength(fields.length);
  });

  test('of nothing are nothing, under the strategy that would decide', () => {
    const nothing = { mergedEvents: [], conflicts: [], resources: [], conflictCount: 0 };

    expect(merged([], [])).toEqual({ ...nothing, resolutionStrategy: 'user_choice' });
    expect(mergeEvents([], [])).toEqual({ ...nothing, resolutionStrategy: 'last_write_wins' });
  });

  test('name each strategy that decided, once, and show the last write of each side', () => {
    const policy = definePolicy({
      name: 'mixed',
      version: 1,
      default: lastWriteWins(),
      resources: [
        defineResource('task', { version: 1, fields: { size: register(undefined, { strategy: maximum() }) } }),
      ],
    });
    const again = event('e3', 'update', { size: 2 }, 3);
    const { conflicts, resolutionStrategy, resources } = merged(
      [created, event('e1', 'update', { title: 'mine', status: 'done', size: 9 }, 1)],
      [created, event('e2', 'update', { title: 'theirs', status: 'stuck', size: 1 }, 2), again],
      policy,
    );

    expect(resolutionStrategy).toBe('last_write_wins, maximum');
    expect(conflicts.map(({ conflictId }) => conflictId)).toEqual(conflicts.map(({ conflictId }) => conflictId).sort());
    expect(conflicts.map(({ status }) => status)).toEqual(['resolved', 'resolved', 'resolved']);
    const ofSize = conflicts.find(({ unit }) => unit.kind === 'field' && unit.field === 'size');
    expect([ofSize?.local?.eventId, ofSize?.remote?.eventId, ofSize?.resolutionStrategy]).toEqual([
      'e1',
      'e3',
      'maximum',
    ]);
    expect(resources[0]?.fields).toEqual({ title: 'theirs', status: 'stuck', size: 9 });
  });

  test('show no side where only one list holds them all', () => {
    const root = eventOf('a:1', 'create', { title: 'old' });
    const [one, other] = [
      eventOf('b:1', 'update', { title: 'x' }, [root]),
      eventOf('c:1', 'update', { title: 'y' }, [root], { atMs: 1 }),
    ];
    const plain = (events: readonly object[]) => events as readonly PlainEvent[];
    const { conflicts } = merged(plain([root, one, other]), plain([root]));

    expect(conflicts[0]?.local?.eventId).toBe('event of c:1');
    expect(conflicts[0]).not.toHaveProperty('remote');
    const shared = merged(plain([root, one, other]), plain([root, one, other])).conflicts[0];
    expect(shared).not.toHaveProperty('local');
    expect(shared).not.toHaveProperty('remote');
  });
});

describe('events of replicas', () => {
  const root = eventOf('a:1', 'create', { title: 'old' }, [], { atMs: 9 });
  const next = eventOf('b:1', 'update', { title: 'new' }, [root], { atMs: 1 });
  const beside = eventOf('c:1', 'update', { title: 'other' }, [root], { atMs: 5 });
  const plain = (events: readonly object[]) => events as readonly PlainEvent[];

  test('carry their own causality, whatever the order of the lists; parents come first', () => {
    const { mergedEvents } = merged(plain([next, root]), plain([beside]));

    expect(mergedEvents).toEqual([root, next, beside]);
  });

  test('may start in the midst: parents that neither holds are not waited for', () => {
    expect(merged(plain([beside]), plain([next])).mergedEvents).toEqual([next, beside]);
    expect(merged(plain([beside]), plain([next])).resources).toEqual([]);
  });

  test('are told from plain ones by what all of them carry', () => {
    const { parents: _parents, ...withoutParents } = next;

    expect(merged(plain([root, withoutParents]), []).mergedEvents[0]?.replicaId).toMatch(/^~/u);
    for (const member of ['replicaId', 'seq'])
      expect(merged(plain([Object.fromEntries(Object.entries(root).filter(([name]) => name !== member))]), []).mergedEvents[0]?.replicaId).toMatch(/^~/u);
  }); // prettier-ignore
});

describe('is refused', () => {
  const refusalOf = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error instanceof ReknitError ? { ...error.toJSON() } : error;
    }
  };

  test('one id for two events, within a list or between both', () => {
    const refused = {
      code: 'event_id_reused',
      message: 'the event id "e1" names two different events: give one of them another id',
      facts: { eventId: 'e1' },
    };
    const other = event('e1', 'update', { title: 'another' }, 1);

    expect(refusalOf(() => merged([created, mine], [created, other]))).toEqual(refused);
    expect(refusalOf(() => merged([created, mine, other], [created]))).toEqual(refused);
  });

  test('a common past in two orders', () => {
    expect(refusalOf(() => merged([created, mine, theirs], [created, theirs, mine]))).toEqual({
      code: 'order_differs',
      message: 'both lists hold event "e2", but not in the same order: the common past must be in one order',
      facts: { eventId: 'e2' },
    });
    expect(ids(merged([created, mine, theirs], [mine, theirs]).mergedEvents)).toEqual(['e0', 'e1', 'e2']);
  });

  test('what is no list of events, and no policy', () => {
    const untyped = mergeEvents as unknown as (...given: readonly unknown[]) => unknown;

    expect(refusalOf(() => untyped('x', []))).toMatchObject({
      message: 'mergeEvents: "local" must be a list of event objects',
    });
    expect(refusalOf(() => untyped([1], []))).toMatchObject({
      message: 'mergeEvents: "local" must be a list of event objects',
    });
    expect(refusalOf(() => untyped([], [null]))).toMatchObject({
      message: 'mergeEvents: "remote" must be a list of event objects',
    });
    expect(refusalOf(() => untyped([], [], {}))).toMatchObject({
      message: 'mergeEvents: "policy" must be a policy: make one with definePolicy',
    });
    expect(refusalOf(() => merged([event('', 'create', {})], []))).toMatchObject({ code: 'wrong_type' });
  });
});

describe('a fold in memory', () => {
  const root = eventOf('a:1', 'create', { title: 'x' });
  const other = eventOf('a:2', 'create', { title: 'y' }, [], { resource: { resourceType: 'note', resourceId: 'n' } });
  const waiting = eventOf('b:1', 'update', { title: 'z' }, ['c:1']);

  test('tells resources in order, conflicts and what waits', () => {
    const { resources, conflicts, parked } = foldEvents([waiting, root, other], people, fastSha256);

    expect(resources.map(({ state }) => state.resourceType)).toEqual(['note', 'task']);
    expect([conflicts, parked]).toEqual([[], ['b:1']]);
    expect(foldEvents([waiting], people, fastSha256).resources).toEqual([]);
    expect(foldEvents([], people)).toEqual({ resources: [], conflicts: [], parked: [] });
  });

  test('leaves out resources of which only voids are known', () => {
    const twice = eventOf('a:1', 'create', { title: 'another' });

    expect(foldEvents([root, twice], people, fastSha256).resources).toEqual([]);
  });

  test('of one resource is that one, or none, and no more', () => {
    expect(foldResource([root], people, fastSha256)?.view.fields).toEqual({ title: 'x' });
    expect(foldResource([], people, fastSha256)).toBeUndefined();
    expect(() => foldResource([root, other], people, fastSha256)).toThrow(
      'these are events of several resources: fold them with foldEvents',
    );
  });

  test('refuses what is no iterable, no event and no policy', () => {
    expect(() => foldEvents(7 as never, people)).toThrow('foldEvents: "events" must be an iterable of event objects');
    expect(() => foldResource('x' as never, people)).toThrow(
      'foldResource: "events" must be an iterable of event objects',
    );
    expect(() => foldEvents([{}] as never, people)).toThrow('the event has no "eventId"');
    expect(() => foldEvents([], {} as never)).toThrow('foldEvents: "policy" must be a policy');
    expect(() => foldResource([], {} as never)).toThrow('foldResource: "policy" must be a policy');
  });
});
