/**
 * How far one remote has this replica's events, as it has said itself. What any other remote has is another question:
 * who carries a bundle in a pocket has not sent it to the hub.
 *
 * It is written down for every process that shares the data, with the remote that said it, since another one may
 * answer at the same address later.
 */
import type { ReplicaId } from '../../domain/events/event.js';
import type { EventStore } from '../ports/event-store.js';
import type { Remote } from '../ports/remote.js';

/** Own events up to this number, without a gap. */
export interface Held {
  readonly remoteId: string;
  readonly replicaId: string;
  readonly seq: number;
}

/** Under the address where there is one: a process that stands by knows it without greeting anybody. */
export const heldKey = (remote: Remote, remoteId: string | undefined): string | undefined => {
  const place = remote.address ?? remoteId;
  return place === undefined ? undefined : `held ${place}`;
};

export const writtenHeld = ({ remoteId, replicaId, seq }: Held): string => JSON.stringify([remoteId, replicaId, seq]);

/**
 * 0 where the remote has said nothing yet, or what was said is of another id of this replica, or of another remote
 * than the one that was greeted.
 */
export const readHeldSeq = async (
  store: Pick<EventStore, 'readCursor'>,
  remote: Remote,
  greeted: string | undefined,
  own: ReplicaId | undefined,
): Promise<number> => {
  const key = heldKey(remote, greeted);
  const text = key === undefined ? undefined : await store.readCursor(key);
  if (text === undefined) return 0;
  const [remoteId, replicaId, seq] = JSON.parse(text) as [string, string, number];
  return replicaId === own && (greeted === undefined || remoteId === greeted) ? seq : 0;
};
