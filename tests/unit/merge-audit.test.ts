/**
 * What a merge tells of itself, on a few histories that are the same every time: its audit entries, its report and its
 * clock are held against what the store holds afterwards (guarantee 6), each found out in the plainest way.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/domain/audit/audit-act.js';
import { timestampToMs } from '../../src/domain/clock/timestamp.js';
import type { MergeReport } from '../../src/domain/merge/merge-batch.js';
import { resourceKeyOf } from '../../src/domain/resource/resource-key.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import { engineOn, fastSha256, sealed, type Engine } from '../support/engine.js';
import { deliveriesOf } from '../support/histories/deliveries.js';
import { arbitraryHistory } from '../support/histories/history.js';
import { cases } from '../support/histories/merge-cases.js';

const which = [0, 1, 2, 3, 4];

/** How many events came, by whichever act tells it. */
const countIn = (acts: readonly AuditAct[], type: 'EventsReceived' | 'EventsReleased'): number =>
  acts.reduce((sum, act) => (act.type === type && 'count' in act ? sum + act.count : sum), 0);

const trailOf = async ({ store }: Engine): Promise<readonly (readonly AuditAct[])[]> =>
  (await store.readAudit({ after: 0, limit: 1_000_000 })).items.map(({ acts }) => acts);

const recordsIn = async ({ store }: Engine) =>
  (await store.readConflicts({ limit: 1_000_000 })).items.map(({ record }) => record);

/** The standing conflicts and their answers, as somebody knows them who has read the audit trail alone. */
const standingAsTold = (trail: readonly (readonly AuditAct[])[]): ReadonlyMap<string, string> => {
  const standing = new Map<string, string>();
  for (const act of trail.flat())
    if (act.type === 'ConflictDetected') standing.set(act.conflictId, 'pending');
    else if (act.type === 'ConflictDecided') standing.set(act.conflictId, canonicalJson(act.outcome));
    else if (act.type === 'ConflictClosed' || act.type === 'ConflictSuperseded') standing.delete(act.conflictId);
  return standing;
};

const viewsIn = async ({ store }: Engine): Promise<ReadonlyMap<string, string>> => {
  const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1_000_000 });
  return new Map(items.map(({ state, view }) => [resourceKeyOf(state), canonicalJson(view)]));
};

describe.each(cases)('$name', ({ name, history: options, policy }) => {
  const arbitrary = fc.tuple(arbitraryHistory({ ...options, stepsMax: 24 }), fc.nat());
  const examples = fc.sample(arbitrary, { seed: 7 + name.length, numRuns: which.length });
  const hasForks = options.forks === true;

  test.each(which)(
    'the audit trail tells which conflicts stand, how they were answered, and who closed which (%i)',
    async (index) => {
      for (const [history, seed] of examples.slice(index, index + 1)) {
        const engine = engineOn(policy);
        for (const batch of deliveriesOf(history, seed)) await engine.deliver(batch);

        const trail = await trailOf(engine);
        const records = await recordsIn(engine);
        const standing = records.filter(({ isStanding }) => isStanding);
        expect(Object.fromEntries(standingAsTold(trail))).toEqual(
          Object.fromEntries(
            standing.map(({ conflictId, outcome }) => [
              conflictId,
              outcome.type === 'pending' ? 'pending' : canonicalJson(outcome),
            ]),
          ),
        );
        if (hasForks) continue;
        const closings = trail
          .flat()
          .flatMap((act) => (act.type === 'ConflictClosed' ? [`${act.conflictId} ${act.by}`] : []));
        const closed = records.filter((record) => record.closedBy.length > 0);
        expect(closings.sort()).toEqual(
          closed.flatMap(({ conflictId, closedBy }) => closedBy.map((dot) => `${conflictId} ${dot}`)).sort(),
        );
      }
    },
  );

  test.each(which)('each entry and each report tell what that batch did (%i)', async (index) => {
    for (const [history, seed] of examples.slice(index, index + 1)) {
      const engine = engineOn(policy);
      let views = await viewsIn(engine);
      for (const batch of deliveriesOf(history, seed)) {
        const before = (await trailOf(engine)).length;
        const parkedBefore = (await engine.store.counts()).parked;
        const report: MergeReport = await engine.deliver(batch);
        const acts = (await trailOf(engine)).slice(before).flat();

        expect(countIn(acts, 'EventsReceived')).toBe(report.applied);
        const told = acts.flatMap((act) =>
          act.type === 'ConflictDetected' || act.type === 'ConflictDecided' ? [act.conflictId] : [],
        );
        expect([...report.conflictIds].sort()).toEqual(expect.arrayContaining(told.sort()));
        if (!hasForks) expect([...report.conflictIds].sort()).toEqual(told.sort());

        const after = await viewsIn(engine);
        const changed = report.changed.map(resourceKeyOf);
        for (const [key, view] of after) if (views.get(key) !== view) expect(changed).toContain(key);
        views = after;
        if (hasForks) continue;
        expect((await engine.store.counts()).parked).toBe(
          parkedBefore + report.parked - countIn(acts, 'EventsReleased'),
        );
      }
    }
  });

  test.skipIf(hasForks)('the events of an entry are in its digest, and the clock is that of the latest', async () => {
    for (const [history, seed] of examples) {
      const engine = engineOn(policy);
      for (const batch of deliveriesOf(history, seed)) await engine.deliver(batch);

      const log = (await engine.store.readEvents({ after: 0, limit: 1_000_000 })).items;
      const receipts = (await trailOf(engine)).flat().flatMap((act) => ('digest' in act ? [act] : []));
      const hashes = log.map(({ sealed: { hash } }) => hash);
      if (log.every(({ place }) => place === 'applied') && receipts.length > 0) {
        const digests = receipts.map(({ count }) => fastSha256(hashes.splice(0, count).join('\n')));
        expect(receipts.map(({ digest }) => digest)).toEqual(digests);
      }
      const [latest] = history.events
        .filter((event) => log.some(({ sealed: { dot }, place }) => dot === sealed(event).dot && place === 'applied'))
        .map(({ timestamp, counter }) => ({ wallMs: timestampToMs(timestamp) ?? 0, counter }))
        .sort((a, b) => b.wallMs - a.wallMs || b.counter - a.counter);
      if (latest !== undefined) expect((await engine.store.facts()).replica?.clock).toEqual(latest);
    }
  });
});
