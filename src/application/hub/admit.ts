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
import { judge } from './judge.js';
import { openLedger, type Ledger } from './ledger.js';
import { loadBatch } from './load-batch.js';
import type { ParkingLimits } from './parking-limits.js';
import type { Asking } from './questions.js';
import type { Slots } from './slots.js';
import { parkedVerdict, verdictsOf } from './verdicts.js';

export function* admit(batch: readonly HubSubmission[], limits: ParkingLimits): Asking<Admission> {
  const loaded = yield* loadBatch(batch);
  const { slots } = loaded;
  const ledger = openLedger(loaded, limits);
  const submitted: (HubVerdict | Candidate)[] = [];
  for (const submission of batch) {
    const known = knownVerdict(submission, slots);
    if (known !== undefined) {
      submitted.push(known);
      continue;
    }
    const candidate = candidateOf(submission);
    submitted.push(candidate);
    yield* settleAll(candidate, ledger, slots);
  }
  return {
    verdicts: verdictsOf(submitted, (candidate) => parkedVerdict(candidate, ledger.authorOf(candidate), slots)),
    ...ledger.close(),
  };
}

/** What there is to say of an event that is held already, or the event itself where it waits. */
const knownVerdict = ({ sealed, isRetry }: HubSubmission, slots: Slots): HubVerdict | Candidate | undefined => {
  const slot = slots.find(sealed.dot);
  if (slot === undefined) return undefined;
  const accepted = slot.accepted.find(({ hash }) => hash === sealed.hash);
  if (accepted !== undefined) return { type: 'duplicate', position: accepted.position };
  const waiting = slot.waiting.get(sealed.hash);
  if (waiting !== undefined) return waiting;
  const refused = slot.refused.find(({ hash }) => hash === sealed.hash);
  if (refused === undefined || isRetry === true) return undefined;
  const { code, message, position } = refused;
  return { type: 'refused', code, message, position };
};

/** Decides it, if that can be done now, and then whatever waited for that, in the order in which it began to wait. */
function* settleAll(first: Candidate, ledger: Ledger, slots: Slots): Asking<void> {
  const open = [first];
  // Grows while it is gone through.
  for (const candidate of open) {
    if (candidate.outcome !== undefined) continue;
    const judgement = yield* judge(candidate, ledger.authorOf(candidate), slots, ledger.lineage);
    const woken = ledger.settle(candidate, judgement);
    if (woken.size > 0) open.push(...[...woken].sort((a, b) => a.turn - b.turn));
  }
}
