/**
 * Admission to the log of a hub: what is known and a batch give verdicts and what to write. Every log
 * uses it, so all logs decide alike (H2, H3, H5 to H10).
 *
 * Submissions are taken one after another, each with all that it releases, so that the entries do
 * not depend on how submissions were cut into batches.
 */
import type { HubSubmission, HubVerdict } from '../ports/hub-log.js';
import type { Admission } from './admission.js';
import { candidateOf, type Candidate } from './candidate.js';
import { judge, judgeByLog, type Judgement } from './judge.js';
import { openLedger, type Ledger } from './ledger.js';
import { loadBatch } from './load-batch.js';
import type { ParkingLimits } from './parking-limits.js';
import type { Asking } from './questions.js';
import type { Slots } from './slots.js';
import { parkedVerdict, verdictsOf } from './verdicts.js';

/** Decides a batch from what it asks the log: pure, so that every log decides alike. */
export function* admit(batch: readonly HubSubmission[], limits: ParkingLimits): Asking<Admission> {
  const candidates = batch.map(candidateOf);
  const loaded = yield* loadBatch(candidates);
  const { slots } = loaded;
  const ledger = openLedger(loaded, limits);
  const submitted: (HubVerdict | Candidate)[] = [];
  for (const first of candidates) {
    const known = knownVerdict(first, slots);
    submitted.push(known ?? first);
    if (known === undefined) yield* settleFrom(first, ledger, slots);
    else if (first.wasHeld && 'waits' in known)
      for (const candidate of ledger.noteHeld(known)) yield* settleFrom(candidate, ledger, slots);
  }
  return {
    verdicts: verdictsOf(submitted, (candidate) => parkedVerdict(candidate, ledger.authorOf(candidate), slots)),
    ...ledger.close(),
  };
}

/**
 * Decides an event, if that can be done now, and then whatever waited for that, in the order in which it began to wait.
 *
 * @param decision of the first of them, where it is made already
 */
export function* settleFrom(first: Candidate, ledger: Ledger, slots: Slots, decision?: Judgement): Asking<void> {
  const open = [first];
  // Grows while it is gone through.
  for (const candidate of open) {
    if (candidate.outcome !== undefined) continue;
    const author = ledger.authorOf(candidate);
    const judgement =
      (candidate === first ? decision : undefined) ??
      judge(candidate, author, slots, ledger.lineage) ??
      (yield* judgeByLog(candidate, author, ledger.lineage));
    const woken = ledger.settle(candidate, judgement);
    if (woken.size > 0) open.push(...[...woken].sort((a, b) => a.turn - b.turn));
  }
}

/** What there is to say of an event that is held already, or the event itself where it waits. */
const knownVerdict = ({ sealed, isRetry }: Candidate, slots: Slots): HubVerdict | Candidate | undefined => {
  const slot = slots.find(sealed.dot);
  if (slot === undefined) return undefined;
  const accepted = slot.accepted.find(({ hash }) => hash === sealed.hash);
  if (accepted !== undefined) return { type: 'duplicate', position: accepted.position };
  const waiting = slot.waiting.get(sealed.hash);
  if (waiting !== undefined) return waiting;
  const refused = slot.refused.find(({ hash }) => hash === sealed.hash);
  if (refused === undefined || isRetry) return undefined;
  const { code, message, position } = refused;
  return { type: 'refused', code, message, position };
};
