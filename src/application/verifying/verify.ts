/**
 * Checks that what is stored is what was written: every event against its hash, the audit
 * chain link by link, and every state and conflict against a fold of the log from scratch.
 */
import type { AuditHead, ChainProblem } from '../../domain/audit/audit-chain.js';
import type { ResourceRef, SealedEvent } from '../../domain/events/event.js';
import { parseDot } from '../../domain/causality/dot.js';
import { checkAuditHead, checkFunctionOrNone, checkObject, checkSignal } from '../argument-checks.js';
import type { AuditTrail } from '../audit-trail.js';
import { walkEvents } from '../damage/walk-events.js';
import type { EventStore } from '../ports/event-store.js';
import { checkStates, type StateDeps } from './check-states.js';

/** One thing that is not as it was written. */
export type VerificationProblem =
  | { readonly type: 'EventChanged'; readonly dot: string; readonly eventId: string }
  /** The structure of the file is damaged, in the words of its database. */
  | { readonly type: 'StorageDamaged'; readonly message: string }
  | ({ readonly type: 'StateDiffers' } & ResourceRef)
  | { readonly type: 'SequenceGap'; readonly replicaId: string; readonly seq: number }
  | { readonly type: 'Audit'; readonly problem: ChainProblem };

/** What a verification found. */
export interface Verification {
  readonly ok: boolean;
  readonly events: number;
  readonly resources: number;
  readonly auditEntries: number;
  /** Damaged audit entries that a repair has named: known, and no problem of this verification. */
  readonly knownAuditDamage: readonly number[];
  /** The first ones; `problemCount` counts all. */
  readonly problems: readonly VerificationProblem[];
  readonly problemCount: number;
  /** Keep it elsewhere, and hand it to a later verification. */
  readonly auditHead: AuditHead;
}

export interface VerifyDeps extends StateDeps {
  readonly audit: AuditTrail;
}

/** What a verification is held against, and how it is followed. */
export interface VerifyOptions {
  /** A head of the audit trail that was kept elsewhere. */
  readonly auditHead?: AuditHead;
  readonly onProgress?: (done: { readonly events: number; readonly resources: number }) => void;
  readonly signal?: AbortSignal;
}

const problemsMax = 1_000;

export const verifyReplica = async (deps: VerifyDeps, options: VerifyOptions = {}): Promise<Verification> => {
  checkObject(options, 'options');
  checkAuditHead(options.auditHead);
  checkSignal(options.signal);
  checkFunctionOrNone(options.onProgress, 'onProgress');
  const { store, system, audit } = deps;
  const problems: VerificationProblem[] = [];
  let problemCount = 0;
  const report = (problem: VerificationProblem): void => {
    problemCount += 1;
    if (problems.length < problemsMax) problems.push(problem);
  };

  for (const message of (await store.checkStructure?.()) ?? []) report({ type: 'StorageDamaged', message });
  let events = 0;
  for await (const { intact, damaged, missing } of walkEvents(store, system.sha256, options.signal)) {
    for (const { sealed } of damaged) report(changed(sealed));
    for (const dot of missing) {
      const { replicaId = '', seq = 0 } = parseDot(dot) ?? {};
      report({ type: 'SequenceGap', replicaId, seq });
    }
    events += intact.length + damaged.length;
    options.onProgress?.({ events, resources: 0 });
  }

  await checkOwnSequence(store, report);
  const resources = await checkStates(
    deps,
    report,
    (done) => options.onProgress?.({ events, resources: done }),
    options.signal,
  );
  const chain = await audit.verify(options.auditHead);
  if (chain.problem !== undefined) report({ type: 'Audit', problem: chain.problem });
  return {
    ok: problemCount === 0,
    events,
    resources,
    auditEntries: chain.entries,
    knownAuditDamage: chain.knownDamage,
    problems,
    problemCount,
    auditHead: await audit.head(),
  };
};

const changed = ({ dot, event }: SealedEvent): VerificationProblem => ({
  type: 'EventChanged',
  dot,
  eventId: event.eventId,
});

/** This replica's own events are numbered without gaps. */
const checkOwnSequence = async (store: EventStore, report: (problem: VerificationProblem) => void): Promise<void> => {
  const { replica } = await store.facts();
  if (replica === undefined) return;
  const prefix = (await store.readCut())[replica.replicaId] ?? 0;
  if (prefix < replica.lastSeq) report({ type: 'SequenceGap', replicaId: replica.replicaId, seq: prefix + 1 });
};
