/**
 * What a replica knows of itself beside its events, taken over from damaged data as far as it
 * can be believed: none of it has a hash.
 */
import { appendEntry } from '../../domain/audit/audit-chain.js';
import { clockOrigin, compareReadings } from '../../domain/clock/hybrid-clock.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { ParkedEvent, ReplicaFacts } from '../../domain/merge/loaded.js';
import { emptyUnitOfWork, type AdoptedPolicy, type DotRange, type Refusal } from '../../domain/merge/unit-of-work.js';
import { commitNotes } from '../commit-notes.js';
import { isDamage } from '../damage/intact.js';
import { orElse } from '../damage/walk-events.js';
import type { MergeDeps } from '../merge-driver.js';
import type { EventStore } from '../ports/event-store.js';
import { refusalPages } from '../refusals/stored-refusals.js';

/** A clock beyond this is damage: it would stamp everything that follows so. */
const clockAheadMsMax = 366 * 24 * 3_600_000;

/** A trail of which nothing could be read begins anew. */
export const beginTrail = async (
  { store, system }: MergeDeps,
  replica: ReplicaFacts,
  policy: AdoptedPolicy,
): Promise<void> => {
  const { audit } = await store.facts();
  const acts = [{ type: 'ReplicaCreated', replicaId: replica.replicaId }] as const;
  await store.commit({
    ...emptyUnitOfWork,
    basedOn: audit.count,
    replica,
    policy,
    audit: appendEntry(audit, msToTimestamp(system.clock()), policy.fingerprint, acts, system.sha256),
  });
};

export const soundClock = (replica: ReplicaFacts | undefined, nowMs: number): ReplicaFacts['clock'] => {
  const clock = replica?.clock ?? clockOrigin;
  const isSound = Number.isSafeInteger(clock.wallMs) && clock.wallMs >= 0 && clock.wallMs <= nowMs + clockAheadMsMax;
  return isSound ? clock : clockOrigin;
};

/** The number of the last own event: what was noted, unless more numbers are gone than events are. */
export const soundLastSeq = (replica: ReplicaFacts | undefined, ownMax: number, lost: number): number => {
  const noted = replica?.lastSeq ?? 0;
  return Number.isSafeInteger(noted) && noted >= ownMax && noted <= ownMax + lost ? noted : ownMax + lost;
};

export interface TakenOver {
  readonly damaged: EventStore;
  readonly replica: ReplicaFacts;
  readonly refused: readonly SealedEvent[];
  readonly lastSeq: number;
  readonly syncedSeq: number;
  readonly scope: string;
}

/** Numbers, refusals and the scope. Where a remote was read up to is not taken over: the next sync asks by what is held. */
export const takeOverFacts = async (
  deps: MergeDeps,
  { damaged, replica, refused, lastSeq, syncedSeq, scope }: TakenOver,
  acts: Parameters<typeof commitNotes>[2],
): Promise<void> => {
  const refusals: Refusal[] = [];
  try {
    for await (const page of refusalPages(damaged)) refusals.push(...page);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const skipped: DotRange[] = [];
  for (const replicaId of Object.keys(await orElse(() => damaged.readCut(), {})))
    skipped.push(...(await orElse(() => damaged.readGaps(replicaId), [])));
  const found = await orElse(async () => (await damaged.facts()).replica, undefined);
  const park: readonly ParkedEvent[] = refused.map((sealed) => ({ sealed, reason: 'refused', missing: [] }));
  await commitNotes(
    deps,
    (work) => ({
      ...work,
      replica: {
        ...work.replica,
        clock: compareReadings(work.replica.clock, replica.clock) > 0 ? work.replica.clock : replica.clock,
        lastSeq,
        // What is not known to have stayed here has left.
        offeredSeq: found === undefined ? lastSeq : Math.min(Math.max(found.offeredSeq, syncedSeq), lastSeq),
      },
      syncedSeq: Math.min(syncedSeq, lastSeq),
      park,
      refusals,
      ...(scope === '' ? {} : { scope }),
      ...(skipped.length === 0 ? {} : { skipped }),
    }),
    acts,
  );
};
