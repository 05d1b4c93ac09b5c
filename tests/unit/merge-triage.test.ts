/** The first look at a batch: what is new, what is known, what contradicts it, what can be applied, and what waits (R3, R5, R6, R10). */
import { describe, expect, test } from 'vitest';
import { auditOrigin } from '../../src/domain/audit/audit-chain.js';
import { clockOrigin } from '../../src/domain/clock/hybrid-clock.js';
import type { ContentHash, Dot, EventId, ReknitEvent, ReplicaId, SealedEvent } from '../../src/domain/events/event.js';
import { standingsOf } from '../../src/domain/merge/batch-conflicts.js';
import type { KnownDot, Loaded, ParkedEvent } from '../../src/domain/merge/loaded.js';
import { limitParking } from '../../src/domain/merge/limit-parking.js';
import type { MergeContext } from '../../src/domain/merge/merge-input.js';
import type { RefoldedResource } from '../../src/domain/merge/refold-resource.js';
import { isWithheld } from '../../src/domain/merge/refusal-changes.js';
import { triage, type Triage } from '../../src/domain/merge/triage.js';
import {
  compareRefs,
  compareTexts,
  refOf,
  refOfKey,
  resourceKeyOf,
  uniqueRefs,
} from '../../src/domain/resource/resource-key.js';
import type { ResourceState } from '../../src/domain/resource/state.js';
import { sealed } from '../support/engine.js';
import { eventOf, type EventDetails } from '../support/histories/event-builder.js';

const one = { resourceType: 'task', resourceId: 'one' };
const two = { resourceType: 'task', resourceId: 'two' };
const [keyOne, keyTwo] = [resourceKeyOf(one), resourceKeyOf(two)];

const update = (
  dot: string,
  parents: readonly (ReknitEvent | string)[] = [],
  details: EventDetails = {},
  title = dot,
) => eventOf(dot, 'update', { title }, parents, details);
const dotOf = ({ dot }: SealedEvent): Dot => dot;

interface Known {
  readonly applied?: Readonly<Record<string, typeof keyOne | undefined>>;
  readonly events?: readonly ReknitEvent[];
  readonly parked?: readonly ParkedEvent[];
  readonly sameId?: readonly ReknitEvent[];
  readonly heads?: readonly string[];
  readonly withVoids?: readonly (typeof keyOne)[];
}
const waits = (event: ReknitEvent, reason: ParkedEvent['reason'], missing: readonly string[] = []): ParkedEvent => ({
  sealed: sealed(event),
  reason,
  missing: missing as Dot[],
});
const loaded = ({ applied = {}, events = [], parked = [], sameId = [], heads = [], withVoids = [] }: Known): Loaded => {
  const known = new Map<Dot, KnownDot>();
  for (const [dot, key] of Object.entries(applied))
    known.set(dot as Dot, { hashes: ['other' as ContentHash], appliedIn: key === undefined ? [] : [key] });
  for (const event of events) {
    const { dot, hash } = sealed(event);
    known.set(dot, { hashes: [hash], appliedIn: [resourceKeyOf(event)] });
  }
  const ids = new Map<EventId, SealedEvent[]>();
  for (const event of sameId) ids.set(event.eventId, [...(ids.get(event.eventId) ?? []), sealed(event)]);
  return {
    replica: { replicaId: '' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 },
    policyFingerprint: '',
    audit: auditOrigin,
    known,
    sameId: ids,
    states: new Map([[keyOne, { heads } as unknown as ResourceState]]),
    parked,
    parkedCount: parked.length,
    withVoids: new Set(withVoids),
  };
};
const look = (batch: readonly ReknitEvent[], known: Known = {}, future: readonly string[] = []) =>
  triage(loaded(known), batch.map(sealed), { isFuture: ({ dot }) => future.includes(dot) });
const readyIn = ({ ready }: Triage) =>
  [...ready].map(([key, { place, events }]) => [key === keyOne ? 'one' : 'two', place, events.map(dotOf)]);
const parkedIn = ({ park }: Triage) => park.map(({ sealed: { dot }, reason, missing }) => [dot, reason, missing]);

const a1 = update('a:1');
const a2 = update('a:2', [a1]);
const a3 = update('a:3', [a2]);

describe('what can be applied', () => {
  test('is applied, parents first, in whatever order it came', () => {
    for (const batch of [[a1, a2, a3], [a3, a2, a1], [a2, a3, a1], [a3, a1, a2]])
      expect(look(batch)).toMatchObject({ order: [0, 0, 0], duplicates: 0, park: [], unpark: [], forks: [], twins: [] });
    for (const batch of [[a1, a2, a3], [a3, a2, a1], [a2, a3, a1], [a3, a1, a2]])
      expect(readyIn(look(batch))).toEqual([['one', 0, ['a:1', 'a:2', 'a:3']]]);
  }); // prettier-ignore

  test('builds on what is a head, or is known to be applied', () => {
    expect(readyIn(look([a2], { heads: ['a:1'] }))).toEqual([['one', 0, ['a:2']]]);
    expect(readyIn(look([a2], { applied: { 'a:1': keyOne } }))).toEqual([['one', 0, ['a:2']]]);
    expect(look([a2], { heads: ['b:1'] }).ready.size).toBe(0);
    expect(look([a2], { applied: { 'a:1': undefined } }).ready.size).toBe(0);
  });

  test('stands by resource, and whose turn it was is told', () => {
    const other = update('b:1', [], { resource: two });
    const batch = look([a1, other, a2, update('b:2', [other], { resource: two })]);

    expect(readyIn(batch)).toEqual([
      ['one', 0, ['a:1', 'a:2']],
      ['two', 1, ['b:1', 'b:2']],
    ]);
    expect(batch.order).toEqual([0, 1, 0, 1]);
  });

  test('is not applied twice', () => {
    expect(look([a1, a1], {})).toMatchObject({ order: [0], duplicates: 1, forks: [] });
    expect(look([a1, a2], { events: [a1] })).toMatchObject({ order: [0], duplicates: 1, forks: [] });
    expect(readyIn(look([a1, a2], { events: [a1] }))).toEqual([['one', 0, ['a:2']]]);
  });
});

describe('what has to wait', () => {
  test('waits for the parents that it misses (R3)', () => {
    const both = update('c:1', ['a:1', 'b:7', 'b:8']);
    const found = look([both, a1]);

    expect(parkedIn(found)).toEqual([['c:1', 'parents', ['b:7', 'b:8']]]);
    expect(found.order).toEqual([0]);
    expect(parkedIn(look([both], { heads: ['a:1', 'b:7'] }))).toEqual([['c:1', 'parents', ['b:8']]]);
  });

  test('is released by the last of them, with what waits for it, and across batches', () => {
    const parked = [waits(a3, 'parents', ['a:2']), waits(a2, 'parents', ['a:1'])];
    const found = look([a1], { parked });

    expect(readyIn(found)).toEqual([['one', 0, ['a:1', 'a:2', 'a:3']]]);
    expect([found.unpark, found.park]).toEqual([['a:2', 'a:3'], []]);
  });

  test('goes on waiting, and is told of anew only where what it misses is less', () => {
    const c1 = update('c:1', ['a:1', 'b:7']);

    expect(look([a1], { parked: [waits(c1, 'parents', ['a:1', 'b:7'])] })).toMatchObject({ unpark: [], order: [0] });
    expect(parkedIn(look([a1], { parked: [waits(c1, 'parents', ['a:1', 'b:7'])] }))).toEqual([
      ['c:1', 'parents', ['b:7']],
    ]);
    expect(parkedIn(look([update('d:1')], { parked: [waits(c1, 'parents', ['b:7'])] }))).toEqual([]);
  });

  test('on a parent of another resource waits for good, whenever that is found', () => {
    const elsewhere = update('b:1', [], { resource: two });
    const wrong = update('c:1', [elsewhere]);

    expect(parkedIn(look([elsewhere, wrong]))).toEqual([['c:1', 'invalid_parent', []]]);
    expect(parkedIn(look([wrong, elsewhere]))).toEqual([['c:1', 'invalid_parent', ['b:1']]]);
    expect(parkedIn(look([wrong], { applied: { 'b:1': keyTwo } }))).toEqual([['c:1', 'invalid_parent', []]]);
    expect(parkedIn(look([update('c:1', ['b:1', 'b:9'])], { applied: { 'b:1': keyTwo } }))).toEqual([
      ['c:1', 'invalid_parent', ['b:9']],
    ]);
    const later = look([elsewhere], { parked: [waits(wrong, 'invalid_parent', ['b:1'])] });
    expect([later.order, later.park, later.unpark]).toEqual([[0], [], []]);
  });

  test('on parents of another resource is told once, and waits on when the rest of its parents comes', () => {
    const elsewhere = [update('b:1', [], { resource: two }), update('b:2', ['b:1'], { resource: two })];
    const half = update('c:1', ['a:1', 'b:1']);

    expect(parkedIn(look([update('c:1', elsewhere), ...elsewhere]))).toEqual([
      ['c:1', 'invalid_parent', ['b:1', 'b:2']],
    ]);
    const later = look([a1], { parked: [waits(half, 'invalid_parent', ['a:1'])], applied: { 'b:1': keyTwo } });
    expect([readyIn(later), later.park, later.unpark]).toEqual([[['one', 0, ['a:1']]], [], []]);
  });

  test('from too far ahead waits until its time has come, and so does what builds on it (R10)', () => {
    expect(parkedIn(look([a1, a2], {}, ['a:1']))).toEqual([
      ['a:1', 'future', []],
      ['a:2', 'parents', ['a:1']],
    ]);
    const parked = [waits(a2, 'parents', ['a:1']), waits(a1, 'future')];
    expect(readyIn(look([], { parked }))).toEqual([['one', 0, ['a:1', 'a:2']]]);
    expect(look([], { parked }).unpark).toEqual(['a:1', 'a:2']);
    expect(look([], { parked }, ['a:1'])).toMatchObject({ order: [], park: [], unpark: [] });
    expect(parkedIn(look([], { parked: [waits(a2, 'future', ['a:1'])] }))).toEqual([['a:2', 'parents', ['a:1']]]);
  });

  test('since a hub refused it waits for that hub, whatever arrives (R9)', () => {
    const found = look([a1], { parked: [waits(a2, 'refused')] });

    expect([readyIn(found), found.unpark, found.park]).toEqual([[['one', 0, ['a:1']]], [], []]);
  });

  test('is not looked at where nothing is new', () => {
    const parked = [waits(a2, 'parents', ['a:1'])];

    expect(look([a1], { parked, events: [a1] })).toMatchObject({ duplicates: 1, order: [], park: [], unpark: [] });
  });
});

describe('a dot with two contents is void (R5)', () => {
  const other = update('a:1', [], {}, 'other');
  const third = update('a:1', [], {}, 'third');
  const hashes = [a1, other].map((event) => sealed(event).hash).sort();

  test('within a batch: neither is applied', () => {
    const found = look([a1, other, a2, a1]);

    expect(found.forks).toEqual([{ dot: 'a:1', variants: [sealed(a1), sealed(other)], reusedId: undefined, hashes }]);
    expect(found).toMatchObject({ duplicates: 1, order: [], park: [], twins: [] });
    expect([...found.refold].map(([key, events]) => [key, events.map(dotOf)])).toEqual([[keyOne, ['a:2']]]);
  });

  test('against what is known, with all contents that there are', () => {
    const found = look([other, third], { events: [a1] });

    expect(found.forks).toEqual([
      {
        dot: 'a:1',
        variants: [sealed(other), sealed(third)],
        reusedId: undefined,
        hashes: [a1, other, third].map((event) => sealed(event).hash).sort(),
      },
    ]);
    expect([...found.refold.keys()]).toEqual([keyOne]);
  });

  test('with each content once, however often it comes and however many there are', () => {
    const found = look([a1, other, other, third, a1]);

    expect(found.duplicates).toBe(2);
    expect(found.forks.map(({ variants }) => variants)).toEqual([[sealed(a1), sealed(other), sealed(third)]]);
  });

  test('and leaves alone what waits in other resources', () => {
    const parked = [waits(update('b:1', ['z:1'], { resource: two }), 'parents', ['z:1'])];

    expect([...look([a1, other], { parked }).refold.keys()]).toEqual([keyOne]);
  });

  test('wherever it is applied, and wherever its contents belong', () => {
    const moved = update('a:1', [], { resource: two });

    expect([...look([moved], { events: [a1] }).refold.keys()].sort()).toEqual([keyOne, keyTwo].sort());
    const waiting = look([moved], { parked: [waits(a1, 'parents')], applied: { 'a:1': undefined } });
    expect([...waiting.refold.keys()].sort()).toEqual([keyOne, keyTwo].sort());
    expect(waiting.unpark).toEqual(['a:1']);
  });

  test('and where one is void already, all that is new there is set aside', () => {
    const found = look([a2, update('b:1', [], { resource: two })], { withVoids: [keyOne], heads: ['a:1'] });

    expect([...found.refold].map(([key, events]) => [key, events.map(dotOf)])).toEqual([[keyOne, ['a:2']]]);
    expect(readyIn(found)).toEqual([['two', 0, ['b:1']]]);
    const due = look([], { withVoids: [keyOne], parked: [waits(a1, 'future')] });
    expect([...due.refold].map(([key, events]) => [key, events])).toEqual([[keyOne, []]]);
    expect(look([], { withVoids: [keyOne], parked: [waits(a1, 'parents', ['z:1'])] }).refold.size).toBe(0);
  });
});

describe('an event id under several dots (R6)', () => {
  const named = (dot: string, title: string, details: EventDetails = {}) =>
    update(dot, [], { eventId: 'job', ...details }, title);

  test('with one change is twins: both are applied', () => {
    const found = look([named('a:1', 'x'), named('b:1', 'x')]);

    expect(found).toMatchObject({ order: [0, 0], forks: [], twins: [{ eventId: 'job', dots: ['a:1', 'b:1'] }] });
    expect(look([named('b:1', 'x')], { sameId: [named('a:1', 'x')] }).twins).toEqual([
      { eventId: 'job', dots: ['a:1', 'b:1'] },
    ]);
    expect(look([named('c:1', 'x'), named('b:1', 'x')], { sameId: [named('a:1', 'x')] }).twins[0]?.dots).toEqual([
      'a:1',
      'c:1',
      'b:1',
    ]);
  });

  test('with the same dot is one event', () => {
    expect(look([named('a:1', 'x')], { sameId: [named('a:1', 'x')] })).toMatchObject({
      forks: [],
      twins: [],
      order: [0],
    });
  });

  test.each([
    ['payload', named('b:1', 'y')],
    ['resource', named('b:1', 'x', { resource: two })],
    ['type', named('b:1', 'x', { resource: { resourceType: 'note', resourceId: 'one' } })],
    ['operation', eventOf('b:1', 'resolve', { title: 'x' }, [], { eventId: 'job' })],
  ])('with another %s makes all those dots void', (_what, second) => {
    const found = look([named('a:1', 'x'), second]);

    expect(found).toMatchObject({ order: [], twins: [] });
    expect(found.forks.map(({ dot, reusedId, variants }) => [dot, reusedId, variants.length])).toEqual([
      ['a:1', 'job', 1],
      ['b:1', 'job', 1],
    ]);
    const stored = look([second], { sameId: [named('a:1', 'x')] });
    expect(stored.forks.map(({ dot }) => dot)).toEqual(['a:1', 'b:1']);
  });
});

describe('room for what waits', () => {
  const limited = (parkedMax: number, parkedCount: number, refolded: readonly Partial<RefoldedResource>[] = []) => {
    const found = look([update('b:1', ['z:1']), update('c:1', ['z:1']), a1], {
      parked: [waits(update('d:1', ['a:1', 'z:1']), 'parents', ['a:1', 'z:1'])],
    });
    return limitParking(
      found,
      refolded.map((one) => ({
        park: [],
        wasParked: [],
        withdrawn: new Set(),
        ...one,
      })) as unknown as RefoldedResource[],
      { ...loaded({ parked: [waits(update('d:1', ['a:1', 'z:1']), 'parents', ['a:1', 'z:1'])] }), parkedCount },
      { parkedMax } as MergeContext,
    );
  };
  const told = ({ park, refused, newlyParked }: ReturnType<typeof limitParking>) => [
    park.map(({ sealed: { dot } }) => dot).sort(),
    refused.map(dotOf),
    newlyParked,
  ];

  test('is bounded for what is new; what waited before goes on waiting', () => {
    expect(told(limited(3, 1))).toEqual([['b:1', 'c:1', 'd:1'], [], 2]);
    expect(told(limited(2, 1))).toEqual([['b:1', 'd:1'], ['c:1'], 1]);
    expect(told(limited(1, 1))).toEqual([['d:1'], ['b:1', 'c:1'], 0]);
    expect(told(limited(1, 9))).toEqual([['d:1'], ['b:1', 'c:1'], 0]);
  });

  test('is no question for what was parked, or was here, before its resource was folded anew', () => {
    const park = [waits(update('e:1'), 'parents'), waits(update('f:1'), 'parents')];

    expect(told(limited(1, 1, [{ park, wasParked: new Set(['e:1' as Dot]), withdrawn: ['f:1' as Dot] }]))).toEqual([
      ['d:1', 'e:1', 'f:1'],
      ['b:1', 'c:1'],
      0,
    ]);
    expect(told(limited(1, 1, [{ park }]))[1]).toEqual(['b:1', 'c:1', 'e:1', 'f:1']);
  });
});

test('what a hub refused is withheld until that hub takes it (R9)', () => {
  const refused = waits(a1, 'refused');
  const changes = (withdraw: readonly string[], readmit: readonly string[]) => ({
    withdraw: new Set(withdraw as Dot[]),
    readmit: new Set(readmit as Dot[]),
  });
  const dot = 'a:1' as Dot;

  expect(isWithheld(dot, undefined, undefined)).toBe(false);
  expect(isWithheld(dot, waits(a1, 'parents'), changes([], []))).toBe(false);
  expect(isWithheld(dot, refused, undefined)).toBe(true);
  expect(isWithheld(dot, refused, changes([], []))).toBe(true);
  expect(isWithheld(dot, refused, changes([], ['a:1']))).toBe(false);
  expect(isWithheld(dot, undefined, changes(['a:1'], []))).toBe(true);
  expect(isWithheld(dot, undefined, changes(['b:1'], []))).toBe(false);
});

test('an event stands in a conflict, was resolved, or has left one', () => {
  const conflict = (siblings: readonly string[], type: string) => ({ siblings, outcome: { type } });
  const open = conflict(['a:1', 'b:1'], 'pending');
  const decided = conflict(['b:1', 'c:1'], 'winner');
  const closed = conflict(['d:1'], 'closed');
  const changes = { standing: [open, decided], touched: [open, decided], closed: [closed], left: ['c:1', 'e:1'] };
  const found = standingsOf([changes] as never, ['f:1' as Dot], false);

  expect([...found.standings]).toEqual([
    ['a:1', 'conflict'],
    ['b:1', 'conflict'],
    ['c:1', 'resolved'],
    ['d:1', 'resolved'],
  ]);
  expect(found.recount).toEqual(['f:1', 'e:1']);
  expect(standingsOf([changes] as never, [], true).recount).toEqual(['e:1', 'a:1', 'b:1', 'c:1', 'd:1']);
});

test('a resource is known by type and id, in one order', () => {
  const more = { ...one, title: 'x' };

  expect(refOfKey(keyTwo)).toEqual(two);
  expect(refOfKey(resourceKeyOf({ resourceType: 'a', resourceId: 'b\0c' }))).toEqual({
    resourceType: 'a',
    resourceId: 'b\0c',
  });
  expect(refOf(more)).toEqual(one);
  expect(uniqueRefs([two, more, two, one])).toEqual([two, one]);
  expect([compareTexts('a', 'b'), compareTexts('b', 'a'), compareTexts('a', 'a')]).toEqual([-1, 1, 0]);
  expect(Math.sign(compareRefs(one, two))).toBe(-1);
  expect(compareRefs(one, { ...one })).toBe(0);
  expect(compareRefs({ ...one, resourceType: 'zone' }, two)).toBe(1);
});
