/**
 * Gives up what waits, by an operator's wish or for its age (H17). What waits for parents is refused, so that its
 * author is told, what waits for it is decided, and its number stays filled. What waits for a gap in its author's
 * numbers is forgotten as if it had never come: nothing stands behind its number, and its author sends it again when the
 * gap is filled.
 */
import type { SealedEvent } from '../../domain/events/event.js';
import type { Admission } from './admission.js';
import { settleFrom } from './admit.js';
import { candidateOf } from './candidate.js';
import { openLedger } from './ledger.js';
import { loadBatch } from './load-batch.js';
import type { ParkingLimits } from './parking-limits.js';
import type { Asking } from './questions.js';

/** Decides what giving up these waiting events comes to. */
export function* dropWaiting(
  events: readonly SealedEvent[],
  limits: ParkingLimits,
): Asking<Omit<Admission, 'verdicts'>> {
  const loaded = yield* loadBatch(
    events.map((sealed) => candidateOf({ sealed })),
    { isReleasing: true },
  );
  const ledger = openLedger(loaded, limits);
  for (const { dot, hash } of events) {
    const candidate = loaded.slots.find(dot)?.waiting.get(hash);
    // Giving up another one may have decided it.
    if (candidate === undefined) continue;
    if (candidate.sealed.event.seq > ledger.authorOf(candidate).head) ledger.forget(candidate);
    else
      yield* settleFrom(candidate, ledger, loaded.slots, {
        type: 'refuse',
        code: 'parking_dropped',
        message: `${dot} waited in vain for what it builds on: send that first, then retry`,
      });
  }
  return ledger.close();
}
