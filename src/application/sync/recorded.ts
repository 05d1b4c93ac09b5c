/** Whether the remote has durably what was recorded here up to a moment. */
import type { ReplicaId } from '../../domain/events/event.js';
import type { ExchangeDeps } from './exchange.js';

export interface RecordedDeps extends Pick<ExchangeDeps, 'store' | 'log'> {
  /** Up to which own number the remote has everything, as it said. */
  readonly heldSeq: (own: ReplicaId | undefined) => Promise<number>;
}

/** Notes the last own event of this moment; answers how to ask whether the remote has it and all before it. */
export const recordedSoFar = async ({ store, log, heldSeq }: RecordedDeps): Promise<() => Promise<boolean>> => {
  await log.idle();
  const { replica } = await store.facts();
  let upTo = replica?.lastSeq ?? 0;
  let replicaId = replica?.replicaId;
  return async () => {
    const now = (await store.facts()).replica;
    if (now?.replicaId !== replicaId) {
      // Under another id they have other numbers, and nothing stands after them that did not before.
      upTo = now?.lastSeq ?? 0;
      replicaId = now?.replicaId;
    }
    return upTo === 0 || (await heldSeq(replicaId)) >= upTo;
  };
};
