/** How far a remote has the numbers of some replicas, asked in calls of a bounded size. */
import { countIn, type VersionVector } from '../../domain/causality/version-vector.js';
import type { Remote, RemoteHead } from '../ports/remote.js';

/** Replicas asked about in one call. */
const headsMax = 500;

/** Only of those that the remote knows; of none where it does not tell. */
export const remoteHeads = async (
  remote: Remote,
  replicaIds: readonly string[],
  signal: AbortSignal | undefined,
  /** By replica, the number whose hash is wanted too. */
  at: VersionVector = {},
): Promise<ReadonlyMap<string, RemoteHead>> => {
  const heads = new Map<string, RemoteHead>();
  for (let start = 0; remote.heads !== undefined && start < replicaIds.length; start += headsMax) {
    signal?.throwIfAborted();
    const asked = replicaIds.slice(start, start + headsMax);
    const numbers = asked.map((replicaId) => countIn(at, replicaId));
    const isWanted = numbers.some((number) => number > 0);
    for (const [replicaId, head] of await remote.heads(asked, signal, ...(isWanted ? [numbers] : [])))
      if (head.seq > 0) heads.set(replicaId, head);
  }
  return heads;
};
