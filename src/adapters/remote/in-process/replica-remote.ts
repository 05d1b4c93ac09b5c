/** Two replicas of one process as each other's remote. */
import { checkArgument, hasMethods } from '../../../domain/shared/check-argument.js';
import type { Remote, Replica } from '../../../application/index.js';

/** The other replica as a remote; it stays open when the connection closes. */
export const replicaRemote = (other: Replica): Remote => {
  checkArgument(hasMethods(other, ['asRemote']), 'replicaRemote', 'other', 'a replica, as openReplica gives one');
  return other.asRemote();
};
