/**
 * Replicas under whose numbers a remote that has lost something may have other events than are stored here.
 *
 * Numbers alone do not tell: where a hub and a replica's file were lost together, the replica may have given its
 * numbers away again, and both contents are evidence that everyone has to have (R5). So contents are compared at the
 * last number that both have: before anything is read from it, since what was read from it agrees with it, and once
 * more before something is given back, since others may have filled it meanwhile (`cutAt` sees to what they do in
 * between). Where the remote has more and does not tell what it has under the last number here, nothing can be compared,
 * and everything of that replica is sent again: known events cost time and change nothing. In the order of the log here,
 * since an event that comes before its parent, where another content stands under the parent's number, would be refused
 * for that.
 */
import { dotOf } from '../../domain/causality/dot.js';
import { countIn } from '../../domain/causality/version-vector.js';
import type { ReplicaId } from '../../domain/events/event.js';
import type { EventStore } from '../ports/event-store.js';
import type { Remote } from '../ports/remote.js';
import { remoteHeads } from './remote-heads.js';

/** What a remote has of a replica. */
export interface ComparedHead {
  readonly replicaId: string;
  readonly seq: number;
  /** Whether that is known to be what is stored here, as far as both have anything. */
  readonly isSame: boolean;
}

/** Of the replicas that the remote knows. */
export const comparedHeads = async (
  store: EventStore,
  remote: Remote,
  replicaIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ComparedHead[]> => {
  const here = await store.readCut();
  const heads = await remoteHeads(remote, replicaIds, signal, here);
  const common = [...heads].map(([replicaId, { seq, hash, hashAt }]) => {
    const last = countIn(here, replicaId);
    const isTold = last > 0 && last < seq && hashAt !== undefined;
    const dot = dotOf(replicaId as ReplicaId, isTold ? last : seq);
    return { replicaId, seq, dot, hash: isTold ? hashAt : hash };
  });
  const stored = common.length === 0 ? [] : await store.findEvents({ dots: common.map(({ dot }) => dot) });
  const hashes = new Set(stored.map(({ sealed: { dot, hash } }) => `${dot} ${hash}`));
  return common.map(({ replicaId, seq, dot, hash }) => ({
    replicaId,
    seq,
    isSame: hashes.has(`${dot} ${hash ?? ''}`),
  }));
};

export const disputedReplicas = async (
  store: EventStore,
  remote: Remote,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> => {
  const { replica } = await store.facts();
  // Whether its own numbers are another's by now is found out at the greeting (R8).
  const others = Object.keys(await store.readReplicas()).filter((id) => id !== replica?.replicaId);
  const compared = await comparedHeads(store, remote, others, signal);
  return compared.flatMap(({ replicaId, isSame }) => (isSame ? [] : [replicaId]));
};
