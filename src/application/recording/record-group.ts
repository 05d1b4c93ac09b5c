/**
 * Decides and commits a group of writes in one transaction. Each request is decided from
 * what the ones before it left; one that is refused leaves nothing and stops no other.
 */
import type { ReknitEvent } from '../../domain/events/event.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import type { MergeReport } from '../../domain/merge/merge-batch.js';
import { planMerge, type MergeDeps } from '../merge-driver.js';
import { untilCommitted } from '../until-committed.js';
import { decideRequest, WaitForCommit } from './decide-request.js';
import { createGroupDraft, restorePoint, type GroupDraft } from './group-draft.js';
import type { WriteRequest } from './write-request.js';
import type { GroupAnswer } from './write-queue.js';

export interface RecordDeps extends MergeDeps {
  /** Told after a commit. */
  readonly onCommitted: (report: MergeReport) => void;
  /** Told what the store says of this replica, before the time is taken: another process may have corrected the clock. */
  readonly onReplica?: (replica: ReplicaFacts) => void;
}

/** For each request its events, or why it was refused; throws where the store fails, and then nothing is written. */
export const recordGroup = async (
  deps: RecordDeps,
  requests: readonly WriteRequest[],
): Promise<readonly GroupAnswer<readonly ReknitEvent[]>[]> => untilCommitted(() => tryGroup(deps, requests));

const tryGroup = async (
  deps: RecordDeps,
  requests: readonly WriteRequest[],
): Promise<readonly GroupAnswer<readonly ReknitEvent[]>[] | 'stale'> => {
  const loaded = await deps.store.load({
    events: [],
    dueMs: -Infinity,
    resources: requests.flatMap(({ resources }) => resources),
  });
  deps.onReplica?.(loaded.replica);
  const draft = createGroupDraft(loaded, deps.system.clock());
  const answers: GroupAnswer<readonly ReknitEvent[]>[] = [];

  for (const [index, request] of requests.entries()) {
    const restore = restorePoint(draft);
    try {
      answers.push({ answer: await decideRequest(deps, draft, request, index === 0) });
    } catch (error) {
      restore();
      if (error instanceof WaitForCommit) {
        // What comes before is committed first; this one and the rest are decided after it.
        if ((await commit(deps, draft)) === 'stale') return 'stale';
        // What fails from here on takes nothing back of what is committed.
        const open = requests.slice(index);
        const rest = await recordGroup(deps, open).catch((failure: unknown) => open.map(() => ({ error: failure })));
        return [...answers, ...rest];
      }
      answers.push({ error });
    }
  }
  return (await commit(deps, draft)) === 'stale' ? 'stale' : answers;
};

const commit = async (deps: RecordDeps, draft: GroupDraft): Promise<'committed' | 'stale'> => {
  const { loaded, batch, clock, lastSeq } = draft;
  if (batch.length === 0) return 'committed';
  let from = loaded;
  if (draft.needsKnown) {
    from = await deps.store.load({ events: batch, dueMs: -Infinity, resources: [] });
    if (from.audit.count !== loaded.audit.count) return 'stale';
  }
  const { work, report } = await planMerge(deps, { batch, origin: { type: 'local', clock, lastSeq } }, from);
  if (work === undefined) return 'committed';
  const outcome = await deps.store.commit(work);
  if (outcome === 'committed') deps.onCommitted(report);
  return outcome;
};
