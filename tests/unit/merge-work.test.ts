/** What one merge hands to its store and tells of itself, by hand: what is recorded here, held, forked, refused and let go on. */
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.js';
import { defaultMergeLimits, planMerge, type MergeJob } from '../../src/application/merge-driver.js';
import { clockOrigin } from '../../src/domain/clock/hybrid-clock.js';
import { timestampToMs } from '../../src/domain/clock/timestamp.js';
import type { Dot, ReknitEvent, ReplicaId } from '../../src/domain/events/event.js';
import type { ReplicaFacts } from '../../src/domain/merge/loaded.js';
import type { MergeReport } from '../../src/domain/merge/merge-batch.js';
import { emptyUnitOfWork, type UnitOfWork } from '../../src/domain/merge/unit-of-work.js';
import { counter, defineResource } from '../../src/domain/resource-definition/index.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { fastSha256, sealed, testSystem } from '../support/engine.js';
import { defaultResource, eventOf, timestampAt, type EventDetails } from '../support/histories/event-builder.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';

const nowMs = timestampToMs(timestampAt(0)) ?? 0;
const me: ReplicaFacts = { replicaId: 'me' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 };
const received = { type: 'received' } as const;
const two = { resourceType: 'task', resourceId: 'two' };

interface Carried {
  readonly work: UnitOfWork;
  readonly report: MergeReport;
}

/** A replica called `me` whose wall clock stands still at the first moment of the story. */
const replica = (policy = tinyPolicy(), limits = defaultMergeLimits) => {
  const store = createMemoryStore();
  const plan = async (job: MergeJob): Promise<{ work: UnitOfWork | undefined; report: MergeReport }> => {
    const loaded = await store.load({
      events: job.batch,
      dueMs: nowMs + limits.aheadMsMax,
      resources: job.rederive ?? [],
    });
    const deps = { store, policy, system: testSystem(nowMs), limits };
    const facts = loaded.replica.replicaId === me.replicaId ? loaded.replica : me;
    return planMerge(deps, job, { ...loaded, replica: facts });
  };
  const carry = async (job: MergeJob): Promise<Carried> => {
    const { work, report } = await plan(job);
    if (work === undefined) throw new Error('there was nothing to do');
    expect(await store.commit(work)).toBe('committed');
    return { work, report };
  };
  return {
    plan: (...events: readonly ReknitEvent[]) => plan({ batch: events.map(sealed), origin: received }),
    receive: (...events: readonly ReknitEvent[]) => carry({ batch: events.map(sealed), origin: received }),
    carry,
  };
};

const write = (dot: string, parents: readonly (ReknitEvent | string)[] = [], details: EventDetails = {}, title = dot) =>
  eventOf(dot, parents.length === 0 ? 'create' : 'update', { title }, parents, details);
const dotsIn = (list: UnitOfWork['append'] | UnitOfWork['park']) => list.map(({ sealed: { dot } }) => dot);
const waitsIn = ({ work }: Carried) =>
  work.park.map(({ sealed: { dot }, reason, missing }) => [dot, reason, [...missing]]);
const actsIn = ({ work }: Carried) => work.audit.acts.filter(({ type }) => type !== 'EventsReceived');
const hashOf = (event: ReknitEvent) => sealed(event).hash;
const born = write('a:1');

describe('what is recorded here', () => {
  const clock = { wallMs: nowMs + 10, counter: 3 };
  const own = write('me:1', [], { atMs: 60 * 60_000 });

  test('is told as such, is local, and leaves the clock and the number that its author gave', async () => {
    const { carry } = replica();
    const { work } = await carry({ batch: [sealed(own)], origin: { type: 'local', clock, lastSeq: 1 } });

    expect(work.append).toEqual([{ sealed: sealed(own), sawAll: true, isLocal: true }]);
    expect(work.replica).toEqual({ ...me, clock, lastSeq: 1 });
    expect(work.audit.acts).toEqual([{ type: 'EventsRecorded', count: 1, digest: fastSha256(hashOf(own)) }]);
  });

  test('is never too far ahead, as what is received may be (R10)', async () => {
    const { carry, receive } = replica();
    const other = write('b:1', [], { atMs: 60 * 60_000, resource: two });
    const held = await receive(other);
    const { work } = await carry({ batch: [sealed(own)], origin: { type: 'local', clock, lastSeq: 1 } });

    expect(waitsIn(held)).toEqual([['b:1', 'future', []]]);
    expect(held.work.replica).toEqual(me);
    expect(dotsIn(work.append)).toEqual(['me:1']);
    expect(work.park).toEqual([]);
  });
});

describe('what is received', () => {
  test('is told with the digest of what it holds, and is not local', async () => {
    const { receive } = replica();
    const next = write('a:2', [born]);
    const { work, report } = await receive(born, next);

    expect(work.append.map(({ isLocal }) => isLocal)).toEqual([false, false]);
    expect(work.audit.acts).toEqual([
      { type: 'EventsReceived', count: 2, digest: fastSha256(`${hashOf(born)}\n${hashOf(next)}`) },
    ]);
    expect(report).toEqual({
      applied: 2,
      concurrent: 0,
      duplicates: 0,
      parked: 0,
      refused: [],
      conflictIds: [],
      changed: [defaultResource],
    });
    expect(work).not.toHaveProperty('withdraw');
    expect(work).toMatchObject({ basedOn: 0, park: [], unpark: [], voids: [], variants: [], removedConflicts: [] });
  });

  test('is held where it is more than the bound ahead, and not where it is just that', async () => {
    const { receive } = replica();
    const ahead = defaultMergeLimits.aheadMsMax;
    const carried = await receive(
      write('a:1', [], { atMs: ahead }),
      write('b:1', [], { atMs: ahead + 1, resource: two }),
    );

    expect(dotsIn(carried.work.append)).toEqual(['a:1']);
    expect(actsIn(carried)).toEqual([{ type: 'EventHeld', dot: 'b:1', reason: 'future', missing: [] }]);
    expect(carried.report.parked).toBe(1);
  });

  test('moves the clock on to its latest stamp, counter included, and never back', async () => {
    const { receive } = replica();
    const at = (dot: string, atMs: number, count: number) =>
      write(dot, [], { atMs, counter: count, resource: { resourceType: 'task', resourceId: dot } });
    const clocks: unknown[] = [];
    for (const batch of [
      [at('a:1', 5, 2), at('a:2', 5, 7), at('a:3', 5, 4)],
      [at('b:1', 6, 1), at('b:2', 5, 9)],
      [at('c:1', 3, 60), at('c:2', 6, 0)],
      [at('d:1', 6, 2)],
    ]) {
      const { work } = await receive(...batch);
      clocks.push([(work.replica.clock.wallMs ?? 0) - nowMs, work.replica.clock.counter]);
    }

    expect(clocks).toEqual([[5, 7], [6, 1], [6, 1], [6, 2]]);
  }); // prettier-ignore

  test('again is nothing to write', async () => {
    const { receive, plan } = replica();
    await receive(born);

    expect(await plan(born)).toMatchObject({ work: undefined, report: { applied: 0, duplicates: 1, changed: [] } });
    expect((await plan()).work).toBeUndefined();
  });
});

describe('a conflict', () => {
  const people = tinyPolicy({ fallback: tiny.leaveToPerson });
  const [left, right] = [write('b:1', [born]), write('c:1', [born])];
  const third = write('d:1', [born]);
  const settled = (title: string, details: EventDetails = {}) =>
    eventOf('e:1', 'resolve', { title }, [left, right], details);
  const about = {
    conflictType: 'concurrent_modification',
    ...defaultResource,
    unit: { kind: 'field', field: 'title' },
  };
  const kept = ({ work }: Carried) =>
    work.conflicts.map(({ conflictId, siblings, isStanding, closedBy }) => [
      conflictId,
      siblings,
      isStanding,
      closedBy,
    ]);

  test('is told, reported, written, and marks its sides, once and not again', async () => {
    const { receive } = replica(people);
    const quiet = await receive(born, left);
    const found = await receive(right);
    const later = await receive(eventOf('c:2', 'update', { status: 'x' }, [right]));

    expect([quiet.work.conflicts, quiet.report.conflictIds, actsIn(quiet)]).toEqual([[], [], []]);
    const [conflictId = ''] = found.report.conflictIds;
    expect(kept(found)).toEqual([[conflictId, ['b:1', 'c:1'], true, []]]);
    expect(actsIn(found)).toMatchObject([{ type: 'ConflictDetected', conflictId, ...about, siblings: ['b:1', 'c:1'] }]);
    expect([...found.work.standings]).toEqual([
      ['b:1', 'conflict'],
      ['c:1', 'conflict'],
    ]);
    expect(found.work.recount).toEqual([]);
    expect(actsIn(found)[0]).not.toHaveProperty('error');
    expect([kept(later), later.report.conflictIds, actsIn(later), [...later.work.standings]]).toEqual([[], [], [], []]);
  });

  test('of existence is one as well, and so is one in a resource that is new here', async () => {
    const gone = eventOf('d:1', 'delete', null, [born]);
    const { receive } = replica(people);
    await receive(born, gone);
    const found = await receive(left);
    const atOnce = await replica(people).receive(born, gone, left);

    for (const { work } of [found, atOnce])
      expect(work.conflicts.map(({ conflictType, siblings }) => [conflictType, siblings])).toEqual([
        ['delete_update', ['b:1', 'd:1']],
      ]);
    const after = await receive(eventOf('b:2', 'update', { status: 'x' }, [left]));
    expect(after.work.conflicts.map(({ siblings, isStanding }) => [siblings, isStanding])).toEqual([
      [['b:2', 'd:1'], true],
      [['b:1', 'd:1'], false],
    ]);
  });

  test('that has one more side is another, which is told to extend it, and the first is kept as superseded', async () => {
    const { receive } = replica(people);
    const first = (await receive(born, left, right)).report.conflictIds[0] ?? '';
    const extended = await receive(third);
    const [conflictId = ''] = extended.report.conflictIds;

    expect(actsIn(extended)).toMatchObject([
      { type: 'ConflictDetected', conflictId, extends: first },
      { type: 'ConflictSuperseded', conflictId: first, by: conflictId },
    ]);
    expect(kept(extended)).toEqual([
      [conflictId, ['b:1', 'c:1', 'd:1'], true, []],
      [first, ['b:1', 'c:1'], false, []],
    ]);
  });

  test('is closed by who has seen its sides, with what that says it settles', async () => {
    for (const details of [{}, { conflictId: 'some claim' }]) {
      const { receive } = replica(people);
      const first = (await receive(born, left, right)).report.conflictIds[0] ?? '';
      const closed = await receive(settled('z', details));

      // What it does not claim is not there as undefined, which no audit trail could hold.
      expect(actsIn(closed)).toStrictEqual([
        {
          type: 'ConflictClosed',
          conflictId: first,
          by: 'e:1',
          agentId: 'ann',
          operation: 'resolve',
          ...('conflictId' in details ? { claims: details.conflictId } : {}),
        },
      ]);
      expect(kept(closed)).toEqual([[first, ['b:1', 'c:1'], false, ['e:1']]]);
      expect(closed.report.conflictIds).toEqual([]);
      expect([...closed.work.standings]).toEqual([
        ['b:1', 'resolved'],
        ['c:1', 'resolved'],
      ]);
      const derived = await replica(people).receive(born, left, right, settled('z', details));
      expect(kept(derived)).toEqual([[first, ['b:1', 'c:1'], false, ['e:1']]]);
      expect(actsIn(derived)).toEqual(actsIn(closed));
    }
  });

  test('that was closed is no news when its resource is folded anew', async () => {
    const { receive, carry } = replica(people);
    await receive(born, left, right, settled('z'), third);
    const { work, report } = await carry({
      batch: [],
      origin: received,
      rederive: [defaultResource],
      acts: [{ type: 'ResourcesRederived', count: 1 }],
    });

    expect([work.conflicts, work.removedConflicts, report.conflictIds]).toEqual([[], [], []]);
    expect(work.audit.acts).toEqual([{ type: 'ResourcesRederived', count: 1 }]);
  });

  test('about a reference is told and reported by the resource that refers, and its sides are counted anew', async () => {
    const policy = tinyPolicy({ references: { parent: 'task' }, fallback: tiny.leaveToPerson });
    const { receive } = replica(policy);
    const child = eventOf('b:1', 'create', { parent: 'one' }, [], { resource: two });
    await receive(born, child);
    const found = await receive(eventOf('a:2', 'delete', null, [born]));
    const [conflictId = ''] = found.report.conflictIds;
    const lets = await receive(eventOf('b:2', 'update', { parent: null }, [child], { resource: two }));

    expect(actsIn(found)).toMatchObject([{ type: 'ConflictDetected', conflictId, ...two, unit: { kind: 'dependency', field: 'parent', target: defaultResource } }]);
    expect([found.work.recount, found.report.changed]).toEqual([['a:2', 'b:1'], [defaultResource, two]]);
    expect(found.work.resources.map(({ view }) => view.pendingConflicts)).toEqual([0, 1]);
    expect(actsIn(lets)).toEqual([{ type: 'ConflictSuperseded', conflictId }]);
    expect([lets.report.conflictIds, lets.work.recount]).toEqual([[], ['a:2', 'b:1']]);
    expect(lets.work.resources.map(({ view }) => view.pendingConflicts)).toEqual([0]);
  }); // prettier-ignore

  test('within a resource that has one about a reference is read off the records too', async () => {
    const policy = tinyPolicy({ references: { parent: 'task' }, fallback: tiny.leaveToPerson });
    const { receive } = replica(policy);
    const child = eventOf('b:1', 'create', { parent: 'one' }, [], { resource: two });
    await receive(born, child, eventOf('a:2', 'delete', null, [born]));
    const [mine, theirs] = [eventOf('b:2', 'update', { x: 1 }, [child], { resource: two }), eventOf('c:1', 'update', { x: 2 }, [child], { resource: two })];
    const { work } = await receive(mine, theirs);

    expect([...work.standings.keys()]).toEqual(['b:2', 'c:1']);
    expect(work.recount).toEqual(['b:2', 'c:1']);
  }); // prettier-ignore
});

describe('what waits', () => {
  test('is counted with the first of it, and is counted again when it is let go on', async () => {
    const { receive } = replica();
    const [second, third] = [write('a:2', [born]), write('a:3', ['a:2'])];
    const waiting = await receive(third, second);
    const released = await receive(born);

    expect(waiting.work.audit.acts).toEqual([{ type: 'EventsParked', count: 2, first: 'a:3' }]);
    expect(waiting.report).toMatchObject({ applied: 0, parked: 2 });
    expect(actsIn(released)).toEqual([{ type: 'EventsReleased', count: 2 }]);
    expect(dotsIn(released.work.append)).toEqual(['a:1', 'a:2', 'a:3']);
    expect(released.work.append.map(({ isLocal }) => isLocal)).toEqual([false, false, false]);
    expect(released.work.unpark).toEqual(['a:2', 'a:3']);
  });

  test('for good is told one by one', async () => {
    const { receive } = replica();
    const elsewhere = write('b:1', [], { resource: two });
    const carried = await receive(elsewhere, write('c:1', ['b:1', 'z:9']));

    expect(actsIn(carried)).toEqual([{ type: 'EventHeld', dot: 'c:1', reason: 'invalid_parent', missing: ['z:9'] }]);
  });
});

describe('a dot with two contents', () => {
  const other = write('a:1', [], {}, 'other');
  const hashes = [hashOf(born), hashOf(other)].sort();

  test('is told with both, and what is not stored yet is kept as evidence (R5)', async () => {
    const stored = replica();
    await stored.receive(born);
    const after = await stored.receive(other);
    const atOnce = await replica().receive(born, other);

    for (const carried of [after, atOnce]) {
      expect(actsIn(carried)).toEqual([{ type: 'ForkFound', dot: 'a:1', hashes }]);
      expect(carried.work.voids).toEqual([{ ...defaultResource, dot: 'a:1', parents: [], isApplied: true }]);
      expect(carried.work.append).toEqual([]);
    }
    expect(after.work.variants).toEqual([sealed(other)]);
    expect(atOnce.work.variants).toEqual([sealed(born), sealed(other)]);
  });

  test('is void also where one of them had been waiting, which is evidence from now on', async () => {
    const { receive } = replica();
    const [one, another] = [write('b:1', ['a:1']), write('b:1', ['a:1', 'z:1'], {}, 'another')];
    await receive(one);
    const { work } = await receive(another);

    expect(work.unpark).toContain('b:1');
    expect(new Set(work.variants.map(({ hash }) => hash))).toEqual(new Set([hashOf(one), hashOf(another)]));
    expect(work.variants).toHaveLength(2);
    expect(work.voids).toEqual([{ ...defaultResource, dot: 'b:1', parents: ['a:1'], isApplied: false }]);
  });

  test('has the parents that all of them share, in order, and is applied once these are', async () => {
    const { receive } = replica();
    const heads = [write('a:2', [born]), write('c:1', [born]), write('b:1', [born])];
    await receive(born, ...heads);
    const { work } = await receive(write('d:1', ['c:1', 'b:1', 'a:2']), write('d:1', ['c:1', 'a:2'], {}, 'fork'));

    expect(work.voids).toEqual([{ ...defaultResource, dot: 'd:1', parents: ['a:2', 'c:1'], isApplied: true }]);
    expect(work.resources[0]?.state).toMatchObject({ heads: ['b:1', 'd:1'], hasVoids: true });
  });

  test('lets what builds on it go on, and what it misses is told', async () => {
    const { receive } = replica();
    await receive(born);
    const carried = await receive(other, write('a:2', ['a:1']), write('a:3', ['a:2', 'z:1']));

    expect(dotsIn(carried.work.append)).toEqual(['a:2']);
    expect(waitsIn(carried)).toEqual([['a:3', 'parents', ['z:1']]]);
    const again = await receive(write('z:2', ['a:2']));
    expect(waitsIn(again)).toEqual([]);
    expect(dotsIn(again.work.append)).toEqual(['z:2']);
    const released = await receive(write('z:1', ['a:2']));
    expect(dotsIn(released.work.append)).toEqual(['z:1', 'a:3']);
    expect(released.work.unpark).toEqual(['a:3']);
  });

  test('with events that come from too far ahead, these wait there too (R10)', async () => {
    const { receive } = replica();
    await receive(born);
    const late = write('b:1', ['a:1'], { atMs: 60 * 60_000 });
    const carried = await receive(other, late, write('b:2', ['b:1']));

    expect(waitsIn(carried)).toEqual([
      ['b:1', 'future', []],
      ['b:2', 'parents', ['b:1']],
    ]);
  });

  test('and events whose parents stand in another resource, these wait for good', async () => {
    const { receive } = replica();
    await receive(born, write('b:1', [], { resource: two }));
    const carried = await receive(other, write('c:1', ['a:1', 'b:1']), write('c:2', ['c:1', 'b:1']));

    expect(waitsIn(carried)).toEqual([
      ['c:1', 'invalid_parent', ['b:1']],
      ['c:2', 'invalid_parent', ['b:1', 'c:1']],
    ]);
    expect(waitsIn(await receive(write('d:1', ['a:1'])))).toEqual([]);
  });

  test('and events that wait for something in another resource, or for less than before, these are told so', async () => {
    const { receive } = replica();
    await receive(born, write('b:1', [], { resource: two }), write('p:1', ['q:1'], { resource: two }));
    const carried = await receive(
      other,
      write('c:1', ['a:1', 'p:1']),
      write('d:1', ['y:1', 'z:1']),
      write('e:1', ['b:1', 'z:1']),
    );
    const after = await receive(write('z:1', ['a:1']));

    expect(waitsIn(carried)).toEqual([
      ['c:1', 'parents', ['p:1']],
      ['d:1', 'parents', ['y:1', 'z:1']],
      ['e:1', 'invalid_parent', ['b:1', 'z:1']],
    ]);
    expect(waitsIn(after)).toEqual([['d:1', 'parents', ['y:1']]]);
  });

  test('and others in other resources: what builds on them is written in the order of the resources', async () => {
    const { receive } = replica();
    const elsewhere = write('b:1', [], { resource: two });
    await receive(born, elsewhere, other, write('b:1', [], { resource: two }, 'other'));
    const { work } = await receive(write('b:2', ['b:1'], { resource: two }), write('a:2', ['a:1']));

    expect(dotsIn(work.append)).toEqual(['a:2', 'b:2']);
  });
});

describe('one event id', () => {
  const named = (dot: string, title: string, resource = defaultResource) =>
    eventOf(dot, 'create', { title }, [], { eventId: 'job', resource });

  test('of one change is told as twins', async () => {
    const carried = await replica().receive(named('a:1', 'x'), named('b:1', 'x'));

    expect(actsIn(carried).filter(({ type }) => type === 'TwinsFound')).toEqual([
      { type: 'TwinsFound', eventId: 'job', dots: ['a:1', 'b:1'] },
    ]);
    expect(dotsIn(carried.work.append)).toEqual(['a:1', 'b:1']);
  });

  test('of several is told, and all of them are void', async () => {
    const carried = await replica().receive(named('a:1', 'x'), named('b:1', 'y', two));

    expect(actsIn(carried)).toEqual([
      { type: 'ForkFound', dot: 'a:1', hashes: [hashOf(named('a:1', 'x'))] },
      { type: 'EventIdReused', eventId: 'job', dots: ['a:1'] },
      { type: 'ForkFound', dot: 'b:1', hashes: [hashOf(named('b:1', 'y', two))] },
      { type: 'EventIdReused', eventId: 'job', dots: ['b:1'] },
    ]);
    expect(carried.work.voids.map(({ dot, resourceId }) => [resourceId, dot])).toEqual([
      ['one', 'a:1'],
      ['two', 'b:1'],
    ]);
  });
});

describe('what a hub refused (R9)', () => {
  const own = write('me:1', [born]);
  const ofOther = write('b:1', [own]);
  const refusing = (withdraw: readonly string[], readmit: readonly string[] = []): MergeJob => ({
    batch: [],
    origin: received,
    rederive: [defaultResource],
    refusals: { withdraw: new Set(withdraw as Dot[]), readmit: new Set(readmit as Dot[]) },
  });

  test('leaves the state with all that builds on it, and both are told', async () => {
    const { receive, carry } = replica();
    await receive(born, own, ofOther);
    const carried = await carry(refusing(['me:1']));

    expect(waitsIn(carried)).toEqual([
      ['me:1', 'refused', []],
      ['b:1', 'parents', ['me:1']],
    ]);
    expect(carried.work.withdraw).toEqual(['me:1', 'b:1']);
    expect(carried.work.audit.acts).toEqual([
      { type: 'EventsWithdrawn', dots: ['me:1', 'b:1'] },
      { type: 'EventsParked', count: 1, first: 'b:1' },
    ]);
    expect(carried.work.resources[0]?.state).toMatchObject({ heads: ['a:1'], hasVoids: false });
    expect(carried.report.parked).toBe(0);
  });

  test('comes back when the hub takes it after all: what is our own is sent on, what others built on it is theirs', async () => {
    const { receive, carry } = replica();
    await receive(born, own, ofOther);
    await carry(refusing(['me:1']));
    const { work } = await carry(refusing([], ['me:1']));

    expect(work.append.map(({ sealed: { dot }, isLocal }) => [dot, isLocal])).toEqual([
      ['me:1', true],
      ['b:1', false],
    ]);
    expect(work.unpark).toEqual(['me:1', 'b:1']);
    expect(work).not.toHaveProperty('withdraw');
    expect(work.audit.acts.at(-1)).toEqual({ type: 'EventsReleased', count: 2 });
  });

  test('goes on waiting whatever else happens, and is not told again', async () => {
    const { receive, carry } = replica();
    await receive(born, own, ofOther);
    await carry(refusing(['me:1']));
    const { work } = await carry(refusing([]));

    expect([work.park, work.append, work.unpark]).toEqual([[], [], []]);
    expect(dotsIn((await receive(write('c:1', [born]))).work.append)).toEqual(['c:1']);
  });
});

test('twins in a field that counts them once are found in the history, whenever the second one comes', async () => {
  const policy = definePolicy({
    name: 'counting',
    version: 1,
    resources: [defineResource('task', { version: 1, fields: { votes: counter() } })],
  });
  const vote = (dot: string, parents: readonly (ReknitEvent | string)[]) =>
    eventOf(dot, 'update', { votes: { $increment: 1 } }, parents, { eventId: 'vote' });
  const start = eventOf('a:1', 'create', { votes: 0 });
  const plain = write('a:2', [start]);
  const again = vote('b:1', ['a:2']);
  const orders = [
    [[start, plain, vote('a:3', ['a:2']), again]],
    [[start, plain, vote('a:3', ['a:2'])], [again]],
    [[start, again, vote('a:3', ['a:2'])], [plain]],
    [[start], [again], [vote('a:3', ['a:2'])], [plain]],
    [[start, plain, vote('a:3', ['a:2'])], [eventOf('b:1', 'update', { votes: { $increment: 1 } }, ['a:3'], { eventId: 'vote' })]],
  ];
  for (const batches of orders) {
    const { receive } = replica(policy);
    let last: Carried | undefined;
    for (const batch of batches) last = await receive(...batch);
    expect(last?.work.resources[0]?.view.fields['votes']).toBe(1);
  }
}); // prettier-ignore

test('a commit that only moves marks writes nothing else', () => {
  for (const [name, list] of Object.entries(emptyUnitOfWork))
    expect([name, list instanceof Map ? list.size : (list as readonly unknown[]).length]).toEqual([name, 0]);
});
