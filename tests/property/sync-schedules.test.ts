/**
 * Random schedules over a bad network: whatever is lost, doubled or late on the way, in the end
 * everyone holds everything, the hub holds each event once, and nobody is told that something is
 * safe which is not.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HubLog } from '../../src/application/ports/hub-log.js';
import { isReknitError, type Replica, type SyncConnection } from '../../src/index.js';
import { createMemoryHubLog } from 'reknit/hub';
import { faults, faulty, settle, withLive, type Fault } from '../support/faulty-remote.js';
import { manualClock, testHub } from '../support/hub.js';
import { askingRemote } from '../support/hub-site.js';
import { propertyOptions } from '../support/property-options.js';
import { createSite, storyStartMs } from '../support/site.js';

const names = ['a', 'b', 'c'] as const;
const fields = ['x', 'y'] as const;

type Step =
  | { readonly do: 'write'; readonly who: number; readonly what: number; readonly field: number }
  | { readonly do: 'meet'; readonly who: number; readonly plan: readonly Fault[] };

const anyPlan = fc.array(fc.constantFrom(...faults), { maxLength: 6 });
const anyWho = fc.nat(names.length - 1);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), who: anyWho, what: fc.nat(2), field: fc.nat(1) }),
  fc.record({ do: fc.constant('meet' as const), who: anyWho, plan: anyPlan }),
);

const present = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('nobody is there');
  return value;
};

const writeTo = async (replica: Replica, what: number, field: number, value: number): Promise<void> => {
  const known = await replica.get('task', `${what}`);
  if (known === undefined) await replica.create('task', `${what}`, { [fields[field] ?? 'x']: value });
  else await replica.update('task', `${what}`, { [fields[field] ?? 'x']: value });
};

/** Every event of everyone, as the hub's log has them: each once, and none refused. */
const dotsAt = async (log: HubLog): Promise<readonly string[]> => {
  const { entries } = await log.read({ after: 0, limit: 10_000, bytesMax: 10_000_000 });
  expect(entries.map(({ type }) => type).filter((type) => type !== 'event')).toEqual([]);
  return entries.flatMap((entry) => (entry.type === 'event' ? [entry.sealed.dot] : []));
};

/** What is said to be safe is at the hub. */
const checkClaims = async (replica: Replica, log: HubLog): Promise<void> => {
  const atHub = new Set(await dotsAt(log));
  for await (const { sealed, status } of replica.services.log.query()) {
    if (sealed.event.replicaId === replica.replicaId && status !== 'local_only')
      expect([sealed.dot, atHub.has(sealed.dot)]).toEqual([sealed.dot, true]);
  }
};

const checkConvergence = async (replicas: readonly Replica[], log: HubLog, written: number): Promise<void> => {
  const digests = new Set<string>();
  for (const replica of replicas) {
    digests.add(await replica.digest());
    expect(await replica.status()).toMatchObject({ localOnly: 0, rejected: 0, parked: 0, voids: 0, events: written });
    expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
  }
  expect(digests.size).toBe(1);
  const dots = await dotsAt(log);
  expect(dots.length).toBe(written);
  expect(new Set(dots).size).toBe(written);
};

test('rounds over a network that loses, doubles and delays: nothing is lost, nothing comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
      const site = createSite('memory');
      const log = createMemoryHubLog();
      const hub = testHub({ log, clock: manualClock(storyStartMs), limits: { pageEntriesMax: 3, eventsMax: 4 } });
      try {
        const replicas: Replica[] = [];
        for (const name of names) replicas.push(await site.open(name));
        let written = 0;
        for (const step of steps) {
          const replica = replicas[step.who];
          if (replica === undefined) continue;
          if (step.do === 'write') {
            await writeTo(replica, step.what, step.field, (written += 1));
            continue;
          }
          const connection = replica.connect(faulty(askingRemote(hub), [...step.plan]));
          await connection.now().catch((error: unknown) => {
            expect(isReknitError(error, 'sync_failed')).toBe(true);
          });
          await connection.close();
          await checkClaims(replica, log);
        }
        for (let turn = 0; turn < 2; turn += 1)
          for (const replica of replicas) await replica.services.reconnection.onReconnect(askingRemote(hub));
        await checkConvergence(replicas, log, written);
      } finally {
        await site.close();
      }
    }),
    propertyOptions({ numRuns: 60 }),
  );
}, 60_000);

type LiveStep =
  | { readonly do: 'write'; readonly who: number; readonly what: number; readonly field: number }
  | { readonly do: 'disturb'; readonly who: number; readonly plan: readonly Fault[] }
  | { readonly do: 'pause' | 'resume'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number };

const anyLiveStep: fc.Arbitrary<LiveStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write' as const), who: anyWho, what: fc.nat(2), field: fc.nat(1) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disturb' as const), who: anyWho, plan: anyPlan }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), who: anyWho }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 10, 500, 5_000) }) },
);

test('live connections over the same network come into step by themselves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLiveStep, { maxLength: 30 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (steps, chances) => {
        const site = createSite('memory');
        const time = manualClock(storyStartMs);
        const log = createMemoryHubLog();
        const hub = testHub({ log, clock: time, limits: { pageEntriesMax: 3, eventsMax: 4 } });
        const replicas: Replica[] = [];
        const plans = names.map((): Fault[] => []);
        const connections: SyncConnection[] = [];
        try {
          for (const [index, name] of names.entries()) {
            const replica = await site.open(name, { clock: time.nowMs });
            replicas.push(replica);
            const remote = faulty(withLive(askingRemote(hub), log, 3), plans[index] ?? []);
            const options = { live: true, timers: time, chance: () => Number(chances.next().value) };
            connections.push(replica.connect(remote, options));
          }
          let written = 0;
          for (const step of steps) {
            if (step.do === 'write') await writeTo(present(replicas[step.who]), step.what, step.field, (written += 1));
            else if (step.do === 'disturb') plans[step.who]?.push(...step.plan);
            else if (step.do === 'wait') time.advance(step.ms);
            else connections[step.who]?.[step.do]();
            await settle(2);
            for (const replica of replicas) await checkClaims(replica, log);
          }
          for (const connection of connections) connection.resume();
          for (const plan of plans) plan.length = 0;
          const isDone = async (): Promise<boolean> => {
            const stands = await Promise.all(replicas.map((replica) => replica.status()));
            return stands.every(({ events, localOnly }) => events === written && localOnly === 0);
          };
          for (let turn = 0; turn < 200 && !(await isDone()); turn += 1) {
            time.advance(1_000);
            await settle();
          }
          for (const connection of connections) await connection.close();
          await checkConvergence(replicas, log, written);
        } finally {
          for (const connection of connections) await connection.close();
          await site.close();
        }
      },
    ),
    propertyOptions({ numRuns: 40 }),
  );
}, 120_000);
