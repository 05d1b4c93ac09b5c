/** Whether a remote has durably what was recorded here up to a moment. */
import type { ExchangeDeps } from './exchange.js';

/** Notes the last own event of this moment; answers how to ask whether a remote has it and all before it. */
export const recordedSoFar = async ({
  store,
  log,
}: Pick<ExchangeDeps, 'store' | 'log'>): Promise<() => Promise<boolean>> => {
  await log.idle();
  const { replica } = await store.facts();
  let upTo = replica?.lastSeq ?? 0;
  let replicaId = replica?.replicaId;
  return async () => {
    const facts = await store.facts();
    if (facts.replica?.replicaId !== replicaId) {
      // Under another id they have other numbers, and nothing stands after them that did not before.
      upTo = facts.replica?.lastSeq ?? 0;
      replicaId = facts.replica?.replicaId;
    }
    return facts.syncedSeq >= upTo;
  };
};
