/** For who exchanges events and leaves identity, refusals and receipts alone. */
import { ReknitError } from '../../domain/shared/errors.js';
import type { MergeDeps } from '../merge-driver.js';
import type { Upkeep } from '../upkeep.js';

export const plainUpkeep = ({ store, policy, system }: MergeDeps): Upkeep => {
  return {
    caller: async () => ({
      replicaId: (await store.facts()).replica?.replicaId ?? '',
      policyFingerprint: policy.fingerprint,
      nowMs: system.clock(),
    }),
    adoptScope: async (scope) => scope,
    onHello: async (_remote, { clockOffsetMs }) => ({ needsRefill: false, clockSkewMs: clockOffsetMs }),
    extrasOf: () => (work) => work,
    onPage: async () => undefined,
    refill: async () => {
      throw new ReknitError('refill_unsupported', 'nothing here knows how to refill a remote');
    },
    receiptsFor: async (_hello, events) => events.map(() => undefined),
    onVerdicts: async () => [],
    noteMark: async () => undefined,
    retries: async () => [],
    wanted: async ({ replicaId, fromSeq }, limit) => {
      const { replica } = await store.facts();
      if (replica?.replicaId !== replicaId) return [];
      const { items } = await store.readEvents({ after: 0, limit: Number.MAX_SAFE_INTEGER });
      return items
        .filter(({ sealed }) => sealed.event.replicaId === replicaId && sealed.event.seq >= fromSeq)
        .map(({ sealed }) => sealed)
        .sort((a, b) => a.event.seq - b.event.seq)
        .slice(0, limit);
    },
    releaseDue: async () => undefined,
  };
};
