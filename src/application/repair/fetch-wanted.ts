/**
 * Reads a remote for the events that are wanted. Only these are taken: whatever else it has
 * comes with the next sync, by the rules of a sync.
 */
import { parseEvent } from '../../domain/events/parse.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { Receipt } from '../../domain/merge/unit-of-work.js';
import type { MergeDeps } from '../merge-driver.js';
import type { Remote } from '../ports/remote.js';
import { heldCut } from '../sync/held-cut.js';
import type { Wanted } from './wanted.js';

const pageEventsMax = 5_000;

export const fetchWanted = async (
  { store, policy, system }: MergeDeps,
  remote: Remote,
  { replicaId, wanted }: { readonly replicaId: string; readonly wanted: Wanted },
  take: (events: readonly SealedEvent[], receipts: readonly Receipt[]) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  if (wanted.size() === 0 || !remote.capabilities.canPull) return;
  const { remoteId } = await remote.hello({
    replicaId,
    policyFingerprint: policy.fingerprint,
    nowMs: system.clock(),
  });
  // It ends before the first number that is missing.
  const cut = await heldCut(store);
  for (let cursor: string | undefined; wanted.size() > 0;) {
    signal?.throwIfAborted();
    const asked = { cursor, cut, limit: pageEventsMax, replicaId, ...(signal === undefined ? {} : { signal }) };
    const page = await remote.pull(asked);
    const events: SealedEvent[] = [];
    const receipts: Receipt[] = [];
    for (const [index, given] of page.events.entries()) {
      const parsed = parseEvent(given, system.sha256);
      if (!parsed.ok || !wanted.fits(parsed.value)) continue;
      events.push(parsed.value);
      const receipt = page.receipts?.[index];
      if (receipt !== undefined) receipts.push({ remoteId, dot: parsed.value.dot, hash: parsed.value.hash, receipt });
    }
    if (events.length > 0) await take(events, receipts);
    if (!page.more || page.cursor === cursor) return;
    ({ cursor } = page);
  }
};
