/** How far a remote has the numbers of some replicas, asked in calls of a bounded size. */
import type { Remote, RemoteHead } from '../ports/remote.js';

/** Replicas asked about in one call. */
const headsMax = 500;

/** Only of those that the remote knows; of none where it does not tell. */
export const remoteHeads = async (
  remote: Remote,
  replicaIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, RemoteHead>> => {
  const heads = new Map<string, RemoteHead>();
  for (let start = 0; remote.heads !== undefined && start < replicaIds.length; start += headsMax) {
    signal?.throwIfAborted();
    for (const [replicaId, head] of await remote.heads(replicaIds.slice(start, start + headsMax), signal))
      if (head.seq > 0) heads.set(replicaId, head);
  }
  return heads;
};
