/**
 * Carries a merge through: loads what it is decided from, hands that to the domain, fetches
 * what the domain asks for, and commits. If another process was faster, it starts again from
 * what that one left.
 */
import type { AuditAct } from '../domain/audit/audit-act.js';
import type { ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { DependencyWorld } from '../domain/merge/dependencies.js';
import type { Loaded, LoadedHistory } from '../domain/merge/loaded.js';
import { mergeBatch, type MergeReport } from '../domain/merge/merge-batch.js';
import { startProgress, type MergeContext, type MergeInput } from '../domain/merge/merge-input.js';
import type { RefusalChanges } from '../domain/merge/refusal-changes.js';
import type { UnitOfWork } from '../domain/merge/unit-of-work.js';
import { resourceKeyOf, type ResourceKey } from '../domain/resource/resource-key.js';
import { canonicalJson } from '../domain/shared/canonical-json.js';
import { ReknitError } from '../domain/shared/errors.js';
import { invariant } from '../domain/shared/invariant.js';
import type { Policy } from '../domain/strategies/policy.js';
import type { EventStore } from './ports/event-store.js';
import type { System } from './ports/system.js';
import { untilCommitted } from './until-committed.js';

/** What a merge takes in at most. */
export interface MergeLimits {
  /** R10: five minutes are more than honest clocks differ by. */
  readonly aheadMsMax: number;
  /** Events that may wait for their parents in all. */
  readonly parkedMax: number;
}

/** Five minutes ahead of the clock, and 100,000 events that wait. */
export const defaultMergeLimits: MergeLimits = { aheadMsMax: 5 * 60_000, parkedMax: 100_000 };

/** What every merge of a replica needs. */
export interface MergeDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly limits: MergeLimits;
}

/** Of the store, planning needs what the domain may ask for beyond what was loaded. */
export interface PlanDeps extends Omit<MergeDeps, 'store'> {
  readonly store: Pick<EventStore, 'loadHistories' | 'loadWorld'>;
}

export interface MergeJob {
  readonly batch: readonly SealedEvent[];
  readonly origin: MergeInput['origin'];
  readonly acts?: readonly AuditAct[];
  readonly rederive?: readonly ResourceRef[];
  readonly refusals?: RefusalChanges;
  /** The last word on the unit of work, for what the domain does not know of: cursors, policy, marks. */
  readonly complete?: (work: UnitOfWork) => UnitOfWork;
}

/** Decides without committing; for previews, and for the caller who commits by itself. */
export const planMerge = async (
  deps: PlanDeps,
  job: MergeJob,
  loaded: Loaded,
): Promise<{ work: UnitOfWork | undefined; report: MergeReport }> => {
  const { store, policy, system, limits } = deps;
  if (loaded.policyFingerprint !== '' && loaded.policyFingerprint !== policy.fingerprint)
    throw new ReknitError('policy_changed', 'another process opened this replica under another policy: open it again', {
      fingerprint: loaded.policyFingerprint,
    });
  if (isIdle(job, loaded)) return { work: undefined, report: nothingMerged };
  const context: MergeContext = { policy, sha256: system.sha256, nowMs: system.clock(), ...limits };
  const histories = new Map<ResourceKey, LoadedHistory>();
  let world: DependencyWorld = await store.loadWorld({ resources: [], referrersOf: [] });
  const rederive = job.rederive?.map(resourceKeyOf);
  const progress = startProgress();
  const asked = new Set<string>();
  for (;;) {
    const result = mergeBatch(
      {
        loaded,
        batch: job.batch,
        histories,
        world,
        origin: job.origin,
        acts: job.acts ?? [],
        progress,
        ...(rederive === undefined ? {} : { rederive }),
        ...(job.refusals === undefined ? {} : { refusals: job.refusals }),
      },
      context,
    );
    if (result.type === 'done') return { work: result.unitOfWork, report: result.report };
    const question = canonicalJson([result.histories, result.world]);
    invariant(!asked.has(question), `a merge asked again for what it was given, and would never end: ${question}`);
    asked.add(question);
    if (result.histories.length > 0)
      for (const [key, history] of await store.loadHistories(result.histories)) histories.set(key, history);
    if (result.world !== undefined) world = mergeWorlds(world, await store.loadWorld(result.world));
  }
};

/** Nothing came, nothing that waits is due, and nobody asks for anything: so it is at nearly every contact. */
const isIdle = ({ batch, acts = [], rederive = [], refusals }: MergeJob, { parked }: Loaded): boolean =>
  batch.length === 0 && acts.length === 0 && rederive.length === 0 && refusals === undefined && parked.length === 0;

const nothingMerged: MergeReport = {
  applied: 0,
  concurrent: 0,
  duplicates: 0,
  parked: 0,
  refused: [],
  conflictIds: [],
  changed: [],
};

/** Decides and commits; answers what came of it. */
export const runMerge = async (deps: MergeDeps, job: MergeJob): Promise<MergeReport> => {
  const { store, system, limits } = deps;
  return untilCommitted(async () => {
    const loaded = await store.load({
      events: job.batch,
      dueMs: system.clock() + limits.aheadMsMax,
      resources: job.rederive ?? [],
    });
    const plan = await planMerge(deps, job, loaded).catch(async (error: unknown) => {
      // What was loaded in parts may mix two versions; then whatever came of it means nothing.
      if ((await store.facts()).audit.count === loaded.audit.count) throw error;
      return undefined;
    });
    if (plan === undefined) return 'stale';
    const { work, report } = plan;
    if (work === undefined) return report;
    const outcome = await store.commit(job.complete === undefined ? work : job.complete(work));
    return outcome === 'committed' ? report : outcome;
  });
};

const mergeWorlds = (a: DependencyWorld, b: DependencyWorld): DependencyWorld => ({
  resources: new Map([...a.resources, ...b.resources]),
  referrers: new Map([...a.referrers, ...b.referrers]),
  records: new Map([...a.records, ...b.records]),
  hasReferences: b.hasReferences,
});
