/**
 * Leaving out what a reader has written itself. It says how far it knows its own events to be here, and what the last of
 * them is; where that is what the log has, it has them all, since no two events have one hash. A later content under a
 * number of its own (R5) is given all the same: that one is somebody else's, or was refused before.
 */
import type { HubEntry, HubLog } from '../../../application/ports/hub-log.js';

export interface OwnPart {
  readonly seq: number;
  readonly hash: string;
}

export type IsOwn = (entry: HubEntry) => boolean;

/** For whom nothing is left out. */
export const nothingOwn: IsOwn = () => false;

export const ownEntries = async (log: HubLog, replicaId: string, own: OwnPart | undefined): Promise<IsOwn> => {
  if (own === undefined) return nothingOwn;
  const head = (await log.heads([replicaId])).get(replicaId);
  if (head?.seq !== own.seq || head.hash !== own.hash) return nothingOwn;
  const prefix = `${replicaId}:`;
  return (entry) => {
    if (entry.type !== 'event' || entry.isAside === true || !entry.sealed.dot.startsWith(prefix)) return false;
    // A replica's id may hold a colon, and be the beginning of another's.
    const seq = entry.sealed.dot.slice(prefix.length);
    return /^\d+$/.test(seq) && Number(seq) <= own.seq;
  };
};
