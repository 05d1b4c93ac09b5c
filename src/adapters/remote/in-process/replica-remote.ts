/** Two replicas of one process as each other's remote. */
import type { Remote, Replica } from '../../../application/index.js';

/** The other replica as a remote; it stays open when the connection closes. */
export const replicaRemote = (other: Replica): Remote => other.asRemote();
