/**
 * What this process appended last, kept in memory: nearly all that admission asks is about that, and so is nearly all
 * that readers ask for, since who is connected reads what was just written.
 *
 * It is one stretch of the log without a gap. Entries never change once they stand there, so reading them from here is
 * reading them from the file. What is concluded for admission holds as long as nobody else appended: whoever asks says
 * first where the log ends (`alignTo`). Anything but a plain event (a refusal, a fork, a retry) is rare, and makes it
 * forget everything rather than be thought through.
 */
import type { NewEntry } from '../../../../application/hub/admission.js';
import type { AcceptedContent, OwnEvent } from '../../../../application/hub/questions.js';
import type { HubEntry } from '../../../../application/ports/hub-log.js';
import type { Dot } from '../../../../domain/events/event.js';
import type { ResourceKey } from '../../../../domain/resource/resource-key.js';

export interface Recent {
  /** In the transaction that writes them; what is undone is to be forgotten. */
  readonly add: (entries: readonly NewEntry[], receivedAt: string) => void;
  /** Forgets everything, unless the log ends where this does. */
  readonly alignTo: (headPosition: number) => void;
  /** What stands under the dot, and nothing else does; undefined where only the file can tell. */
  readonly heldUnder: (dot: Dot) => AcceptedContent | undefined;
  /** The last event of the replica's on the resource that is asked for (H8); undefined where only the file can tell. */
  readonly lastOwn: (replicaId: string, resource: ResourceKey, before: number) => OwnEvent | undefined;
  /** The first of those that follow, at most so many; undefined where it does not reach back so far, or nothing follows. */
  readonly after: (position: number, limit: number) => readonly HubEntry[] | undefined;
  readonly forget: () => void;
}

interface RecentEvent {
  readonly entry: Extract<HubEntry, { readonly type: 'event' }>;
  readonly content: AcceptedContent;
}

/** @param charsMax of canonical forms; what is kept beside each takes about as much again */
export const createRecent = (charsMax: number): Recent => {
  let events: RecentEvent[] = [];
  /** Those before it were let go; they are cut off once in a while. */
  let first = 0;
  let chars = 0;
  let head = 0;
  const byDot = new Map<Dot, RecentEvent>();
  /** By author and resource. */
  const lastOwn = new Map<string, Map<ResourceKey, RecentEvent>>();

  const forget = (): void => {
    events = [];
    first = 0;
    chars = 0;
    byDot.clear();
    lastOwn.clear();
  };
  const letGo = (event: RecentEvent): void => {
    chars -= charsOf(event);
    byDot.delete(event.entry.sealed.dot);
    const owned = lastOwn.get(event.entry.sealed.event.replicaId);
    if (owned?.get(event.content.resource) !== event) return;
    owned.delete(event.content.resource);
    if (owned.size === 0) lastOwn.delete(event.entry.sealed.event.replicaId);
  };
  const letGoBeyond = (most: number): void => {
    for (; first < events.length; first += 1) {
      if (chars <= most) return;
      letGo(events[first] as RecentEvent);
    }
  };

  return {
    forget,
    add: (entries, receivedAt) => {
      if (entries.length === 0) return;
      if (!entries.every(isPlain)) return forget();
      if ((entries[0]?.position ?? 0) !== head + 1) forget();
      for (const { position, sealed, resource, canonical } of entries) {
        const recent: RecentEvent = {
          entry: { type: 'event', position, sealed, canonical, receivedAt },
          content: { hash: sealed.hash, position, resource },
        };
        events.push(recent);
        chars += charsOf(recent);
        byDot.set(sealed.dot, recent);
        // Those of one author on one resource come in the order of their numbers.
        const { replicaId } = sealed.event;
        const owned = lastOwn.get(replicaId);
        if (owned === undefined) lastOwn.set(replicaId, new Map([[resource, recent]]));
        else owned.set(resource, recent);
        head = position;
      }
      letGoBeyond(charsMax);
      if (first * 2 > events.length) {
        events = events.slice(first);
        first = 0;
      }
    },
    alignTo: (headPosition) => {
      if (head !== headPosition) forget();
      head = headPosition;
    },
    heldUnder: (dot) => byDot.get(dot)?.content,
    lastOwn: (replicaId, resource, before) => {
      const found = lastOwn.get(replicaId)?.get(resource);
      if (found === undefined) return undefined;
      const { position, sealed } = found.entry;
      const { seq } = sealed.event;
      return seq < before ? { seq, dot: sealed.dot, position } : undefined;
    },
    after: (position, limit) => {
      const start = events[first]?.entry.position ?? Infinity;
      if (position + 1 < start || position >= head) return undefined;
      const from = first + position + 1 - start;
      return events.slice(from, from + limit).map(({ entry }) => entry);
    },
  };
};

type PlainEntry = Extract<NewEntry, { readonly type: 'event' }>;

const isPlain = (entry: NewEntry): entry is PlainEntry => entry.type === 'event' && entry.isAskedFor;

const charsOf = ({ entry }: RecentEvent): number => entry.canonical?.length ?? 0;
