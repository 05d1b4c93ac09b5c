/**
 * Sessions at the front door: a few replicas write, edit, delete, decide, take back and meet
 * in any order, as several agents. Whatever they did, once everyone has met everyone they
 * agree to the byte, each passes its own verification, no acknowledged write is missing
 * anywhere, and a conflict that a person has decided never stands again.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cascade,
  definePolicy,
  defineResource,
  isReknitError,
  reference,
  register,
  userChoice,
  write,
  type Policy,
  type Replica,
} from '../../src/index.js';
import { propertyOptions } from '../support/property-options.js';
import { collect, createSite, meet, type StoreKind } from '../support/site.js';

const resources = [
  defineResource('task', {
    version: 1,
    fields: { status: register(), street: register(), town: register(), trackId: reference('track') },
  }).group('address', ['street', 'town']),
  defineResource('track', { version: 1, fields: { name: register() } }),
];
const policies = {
  people: definePolicy({
    name: 'people',
    version: 1,
    resources,
    default: userChoice(),
    byConflict: { delete_update: userChoice() },
  }),
  machines: definePolicy({ name: 'machines', version: 1, resources, byConflict: { dependency: cascade() } }),
};

type Step =
  | {
      readonly do: 'create' | 'update' | 'edit' | 'delete' | 'commit' | 'form';
      readonly who: number;
      readonly what: number;
      readonly value: number;
    }
  | {
      readonly do: 'resolve' | 'undo' | 'meet' | 'bundle' | 'wait';
      readonly who: number;
      readonly what: number;
      readonly value: number;
    };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('create', 'update', 'edit') },
    { weight: 3, arbitrary: fc.constantFrom('delete', 'commit', 'form') },
    { weight: 4, arbitrary: fc.constantFrom('meet', 'meet', 'bundle') },
    { weight: 3, arbitrary: fc.constantFrom('resolve', 'resolve', 'undo', 'wait') },
  ),
  who: fc.nat(3),
  what: fc.nat(3),
  value: fc.nat(5),
});

const refs = [
  ['task', 'one'],
  ['task', 'two'],
  ['track', 'one'],
  ['task', '__proto__'],
] as const;

const changeOf = (type: string, value: number): Record<string, string | null> => {
  if (type === 'track') return { name: `name ${value}` };
  return (
    [
      { status: 'done' },
      { status: 'blocked' },
      { street: `street ${value}` },
      { town: 'town' },
      { trackId: 'one' },
      { trackId: null, status: 'x' },
    ][value] ?? {}
  );
};

/** Refusals are part of the game; anything that is not one of ours is a defect. */
const tolerant = async <Value>(call: () => Promise<Value>): Promise<Value | undefined> => {
  try {
    return await call();
  } catch (error) {
    if (isReknitError(error)) return undefined;
    throw error;
  }
};

const choices = (siblings: readonly { readonly eventId: string }[], value: number, kind: string) => {
  if (kind === 'dependency') return { apply: (['restore', 'detach', 'cascade', 'keep'] as const)[value % 4] ?? 'keep' };
  if (kind === 'existence') return { value: value % 2 === 0 ? 'alive' : 'deleted' };
  if (kind === 'field' && value > 3) return { value: `decided ${value}` };
  return { choose: siblings[value % siblings.length]?.eventId ?? '' };
};

const run = async (kind: StoreKind, policy: Policy, count: number, steps: readonly Step[]): Promise<void> => {
  const site = createSite(kind);
  try {
    const replicas: Replica[] = [];
    for (const name of ['ann', 'bob', 'cid', 'dot'].slice(0, count)) replicas.push(await site.open(name, { policy }));
    const acknowledged = new Set<string>();
    /** Conflicts to the event that decided them. */
    const decided = new Map<string, string>();
    /** Pending ones that somebody decided, as far as this replica knows. */
    const reopened = async (replica: Replica): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const { conflictId, resourceType, resourceId } of await replica.conflicts.list({
        status: 'pending_review',
      })) {
        const decision = decided.get(conflictId);
        if (decision === undefined) continue;
        const known = await replica.history(resourceType, resourceId);
        if (known.some(({ event }) => event.eventId === decision)) found.push(conflictId);
      }
      return found;
    };
    let now = 0;
    const note = (events: readonly ({ readonly eventId: string } | undefined)[] = []): void => {
      for (const event of events) if (event !== undefined) acknowledged.add(event.eventId);
    };

    for (const { do: deed, who, what, value } of steps) {
      const replica = replicas[who % count] as Replica;
      const other = replicas[(who + 1 + (value % (count - 1))) % count] as Replica;
      const [type, id] = refs[what] ?? refs[0];
      const agent = value > 3 ? replica.as('a machine') : replica;
      const options = value === 2 ? ({ priority: 'high' } as const) : {};
      switch (deed) {
        case 'create':
          note([await tolerant(() => agent.create(type, id, changeOf(type, value), options))]);
          break;
        case 'update':
          note([await tolerant(() => agent.update(type, id, changeOf(type, value), options))]);
          break;
        case 'edit':
          note([
            await tolerant(() =>
              agent.edit(type, id, ({ fields }) =>
                Object.keys(fields).length > 3 ? undefined : changeOf(type, value),
              ),
            ),
          ]);
          break;
        case 'delete':
          note([await tolerant(() => agent.delete(type, id))]);
          break;
        case 'commit':
          note(
            await tolerant(() =>
              agent.commit([
                write.update(type, id, changeOf(type, value)),
                write.update('task', 'one', changeOf('task', (value + 1) % 6)),
              ]),
            ),
          );
          break;
        case 'form': {
          const form = await replica.get(type, id);
          await meet(replica, other);
          if (form !== undefined)
            note([await tolerant(() => agent.update(type, id, changeOf(type, value), { seen: form.heads }))]);
          break;
        }
        case 'resolve':
        case 'undo': {
          const found = await replica.conflicts.list(
            deed === 'undo' ? { status: 'resolved' } : { status: 'pending_review' },
          );
          const conflict = found[what % Math.max(found.length, 1)];
          if (conflict === undefined) break;
          const event = await tolerant(() =>
            deed === 'undo'
              ? agent.conflicts.undo(conflict.conflictId)
              : agent.conflicts.resolve(conflict.conflictId, choices(conflict.siblings, value, conflict.unit.kind)),
          );
          note([event]);
          if (deed === 'resolve' && event !== undefined && conflict.unit.kind !== 'dependency') {
            for (const conflictId of [conflict.conflictId, event.conflictId])
              if (conflictId !== undefined && !decided.has(conflictId)) decided.set(conflictId, event.eventId);
          }
          break;
        }
        case 'meet':
          await meet(replica, other);
          break;
        case 'bundle':
          await other.import(await collect(replica.export()));
          break;
        case 'wait':
          site.at((now += value * 1_000));
          break;
      }
      expect(await reopened(replica)).toEqual([]);
    }

    for (let round = 0; round < 2; round += 1)
      for (const one of replicas) for (const other of replicas) if (one !== other) await meet(one, other);

    expect(new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size).toBe(1);
    for (const replica of replicas) {
      expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
      const held = new Set((await collect(replica.export())).map(({ eventId }) => eventId as string));
      expect([...acknowledged].filter((eventId) => !held.has(eventId))).toEqual([]);
      expect(await replica.parked()).toEqual([]);
      const open = (await replica.conflicts.list({ status: 'pending_review' })).map(({ conflictId }) => conflictId);
      expect(await reopened(replica)).toEqual([]);
      expect((await replica.conflicts.report()).pending).toBe(open.length);
      expect(await replica.at(await replica.cut()).conflicts()).toHaveLength(
        (await replica.conflicts.list()).filter(({ closedBy }) => closedBy.length === 0).length,
      );
    }
  } finally {
    await site.close();
  }
};

test.each([
  ['memory', 'people', 60],
  ['memory', 'machines', 30],
  ['file', 'people', 8],
] as const)(
  'after any session on a %s store where %s decide, all agree, nothing is lost and decisions stick (R20, R40, I1, I2, I7, I10, I31, I33)',
  async (kind, policy, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        (count, steps) => run(kind, policies[policy], count, steps),
      ),
      propertyOptions({ numRuns, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false }),
    );
  },
  60_000,
);
