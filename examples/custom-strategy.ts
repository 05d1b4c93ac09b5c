/**
 * Two strategies that no library could ship, since they know what the values mean: a workflow status that follows a
 * state machine, and opening hours whose weekdays and intervals are merged. Both are held to the laws of strategies,
 * then decide in a policy by which two replicas converge.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import {
  compareWrites,
  definePolicy,
  defineResource,
  defineStrategy,
  openReplica,
  register,
  replicaRemote,
  undecided,
  type Replica,
} from 'reknit';
import { strategyLaws } from 'reknit/testing';

const say = (step: string, facts: string): void => console.log(`${step.padEnd(12)} ${facts}`);

// ── A status that follows a state machine ─────────────────────────────────────────────────────────────────────────

/** From each status, where it may go next. */
const transitions = {
  draft: ['review', 'dropped'],
  review: ['draft', 'approved', 'dropped'],
  approved: ['published', 'dropped'],
  published: ['archived'],
  archived: [],
  dropped: [],
} as const;
type Status = keyof typeof transitions;
const statuses = Object.keys(transitions) as readonly Status[];

/** Where one may get to from a status, in any number of steps; itself included. */
const reachableFrom = (start: Status): ReadonlySet<Status> => {
  const reached = new Set<Status>([start]);
  for (const status of reached) for (const next of transitions[status]) reached.add(next);
  return reached;
};
const reachable = new Map(statuses.map((status) => [status, reachableFrom(status)]));
const leadsTo = (from: Status, to: Status): boolean => reachable.get(from)?.has(to) === true;

/**
 * The status that is furthest along wins: the one that every other side could still come to. Moves that the machine
 * does not allow from where all sides started count only if there is no other. Where sides went into different branches, or may
 * go back and forth between them, no rule can know which was meant, and a person decides.
 */
const followsWorkflow = defineStrategy<Status>({
  name: 'follows_workflow',
  version: 1,
  // The machine is in the policy's fingerprint: replicas with another machine notice that they decide differently.
  options: { transitions },
  usesPriority: false,
  decide: ({ siblings, hasBase, base }) => {
    const known = siblings.filter(({ value }) => value !== undefined && Object.hasOwn(transitions, value));
    if (known.length < siblings.length) return undecided;
    const isAllowed = (status: Status | undefined): boolean =>
      status !== undefined && (!hasBase || base === undefined || leadsTo(base, status));
    const allowed = siblings.filter(({ value }) => isAllowed(value));
    const sides = allowed.length === 0 ? siblings : allowed;
    const values = [...new Set(sides.flatMap(({ value }) => value ?? []))];
    const furthest = values.filter((status) => values.every((other) => leadsTo(other, status)));
    const [only, ...rest] = furthest;
    if (only === undefined || rest.length > 0) return undecided;
    // Several may have written it; the last of them is named, by an order that is equal everywhere.
    const winner = sides
      .filter(({ value }) => value === only)
      .sort(compareWrites)
      .at(-1);
    return winner === undefined ? undecided : { winner };
  },
});

// ── Opening hours ────────────────────────────────────────────────────────────────────────────────────────────────

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Minutes since midnight. */
const minute = z
  .int()
  .min(0)
  .max(24 * 60);
const interval = z.tuple([minute, minute]).refine(([opens, closes]) => opens < closes, 'it closes after it opens');
const openingHours = z.partialRecord(z.enum(weekdays), z.array(interval));
type OpeningHours = z.input<typeof openingHours>;
type Intervals = NonNullable<OpeningHours[(typeof weekdays)[number]]>;

/** Sorted, and those that overlap or touch joined, so that equal hours are equal values. */
const joined = (intervals: Intervals): Intervals => {
  const result: Intervals = [];
  for (const [opens, closes] of [...intervals].sort(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && opens <= last[1]) last[1] = Math.max(last[1], closes);
    else result.push([opens, closes]);
  }
  return result;
};
const sameIntervals = (a: Intervals, b: Intervals): boolean => JSON.stringify(joined(a)) === JSON.stringify(joined(b));

/**
 * Weekday by weekday: what nobody changed stays, what one side changed is as that side says, closing included, and
 * what several changed differently is open whenever one of them says so.
 */
const mergesHours = defineStrategy<OpeningHours>({
  name: 'merges_opening_hours',
  version: 1,
  usesPriority: false,
  decide: ({ siblings, hasBase, base }) => {
    const sides = siblings.flatMap(({ value }) => (openingHours.safeParse(value).success ? (value ?? []) : []));
    if (sides.length < siblings.length) return undecided;
    const before = hasBase && openingHours.safeParse(base).success ? base : undefined;
    const value: OpeningHours = {};
    for (const day of weekdays) {
      const wanted = sides.map((side) => side[day] ?? []);
      const was = before?.[day] ?? [];
      const changed = before === undefined ? wanted : wanted.filter((hours) => !sameIntervals(hours, was));
      const hours = joined(changed.length === 0 ? was : changed.flat());
      if (hours.length > 0) value[day] = hours;
    }
    return { value };
  },
});

// ── The laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

// In a test file, with any runner: for (const { name, run } of strategyLaws(mine, options)) test(name, run);
const intervals = fc
  .uniqueArray(fc.integer({ min: 0, max: 24 }), { minLength: 2, maxLength: 2 })
  .map(([a = 0, b = 1]): [number, number] => [Math.min(a, b) * 60, Math.max(a, b) * 60]);
const hours: fc.Arbitrary<OpeningHours> = fc.dictionary(
  fc.constantFrom(...weekdays),
  fc.array(intervals, { maxLength: 3 }),
);
const laws = [
  ...strategyLaws(followsWorkflow, { values: fc.constantFrom(...statuses), numRuns: 50 }),
  ...strategyLaws(mergesHours, { values: hours, numRuns: 50 }),
];
for (const { run } of laws) run();
say('laws', `${laws.length} cases hold`);

// What has a meaning has laws of its own beside those that make replicas converge.
fc.assert(
  fc.property(hours, (value) => {
    for (const day of weekdays) assert.deepEqual(joined(joined(value[day] ?? [])), joined(value[day] ?? []));
  }),
  { numRuns: 50 },
);

// ── A policy, and two replicas ───────────────────────────────────────────────────────────────────────────────────

const shop = defineResource('shop', {
  version: 1,
  fields: {
    name: register(z.string()),
    status: register(z.enum(statuses as [Status, ...Status[]]), { default: 'draft', strategy: followsWorkflow }),
    hours: register(openingHours, { strategy: mergesHours }),
  },
});
const policy = definePolicy({ name: 'shops', version: 1, resources: [shop] });
const open = (name: string): Promise<Replica> => openReplica({ replicaId: name, agentId: name, policy });

const office = await open('office');
const van = await open('van');
const sync = office.connect(replicaRemote(van));
const [atOffice, inVan] = [office.resource(shop), van.resource(shop)];

const nineToFive: [number, number] = [9 * 60, 17 * 60];
const weekend = { hours: { fri: [nineToFive], sat: [nineToFive], sun: [nineToFive] } };
for (const id of ['bakery', 'kiosk']) await atOffice.create(id, { name: id, status: 'review', ...weekend });
await sync.now();

// Offline, both go on: one approves while the other publishes, and both change the hours of the weekend.
await atOffice.update('bakery', { status: 'approved', hours: { fri: [nineToFive], sat: [[8 * 60, 12 * 60]] } });
await inVan.update('bakery', { status: 'approved' });
await inVan.update('bakery', {
  status: 'published',
  hours: { fri: [[9 * 60, 20 * 60]], sat: [[11 * 60, 15 * 60]], sun: [nineToFive] },
});
// Of another shop they disagree: it is dropped here and published there.
await atOffice.update('kiosk', { status: 'dropped' });
await inVan.update('kiosk', { status: 'approved' });
await inVan.update('kiosk', { status: 'published' });
await sync.now();

const bakery = await atOffice.get('bakery');
assert.equal(bakery?.fields.status, 'published');
assert.deepEqual(bakery.fields.hours, {
  fri: [[9 * 60, 20 * 60]], // only the van changed Friday
  sat: [[8 * 60, 15 * 60]], // both changed Saturday
}); // and only the office changed Sunday, which it closed
say('decided', `the bakery is ${bakery.fields.status}, on Saturday from ${JSON.stringify(bakery.fields.hours?.sat)}`);

const [pending, ...others] = await office.conflicts.list({ status: 'pending_review' });
assert.ok(pending !== undefined && others.length === 0);
assert.deepEqual(
  [pending.resourceId, ...pending.siblings.map(({ value }) => value)],
  ['kiosk', 'dropped', 'published'],
);
await office.conflicts.resolve(pending.conflictId, { choose: 'remote' }, { note: 'it is open already' });
await sync.now();
say('resolved', `a person decides about the ${pending.resourceId}`);

assert.equal((await inVan.get('kiosk'))?.fields.status, 'published');
assert.deepEqual((await inVan.get('bakery'))?.fields, bakery.fields);
assert.equal(await office.digest(), await van.digest());
say('converged', 'office and van agree to the byte');
await sync.close();
await office.close();
await van.close();
