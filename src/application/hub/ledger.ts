/**
 * The book of one batch: gives positions, keeps who waits and for what, counts the room that they
 * take, and knows whom a decision wakes.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { canonicalEvent } from '../../domain/events/canonical-event.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { HubRefusal } from '../ports/hub-log.js';
import type { Admission, NewEntry } from './admission.js';
import { addOwn, holdNumber, startWaiting, stopWaiting, type Author } from './authors.js';
import { isAside, type Candidate } from './candidate.js';
import type { Judgement } from './judge.js';
import type { LoadedBatch } from './load-batch.js';
import { addedLineage, noteAdded, type AddedLineage } from './own-past.js';
import { hasRoom, type ParkingLimits } from './parking-limits.js';
import { hasOthers, setWaiting, type Slot } from './slots.js';
import { waitersOf } from './waiters.js';

export interface Ledger {
  readonly lineage: AddedLineage;
  readonly authorOf: (candidate: Candidate) => Author;
  /** Takes a position, or waits; answers who is to be looked at again. */
  readonly settle: (candidate: Candidate, judgement: Judgement) => ReadonlySet<Candidate>;
  /** What waits was held before a loss; answers who is to be looked at again. */
  readonly noteHeld: (candidate: Candidate) => readonly Candidate[];
  /** Gives up one that waits for a gap: as if it had never come. */
  readonly forget: (candidate: Candidate) => void;
  readonly close: () => Omit<Admission, 'verdicts'>;
}

const nobody: ReadonlySet<Candidate> = new Set();

export const openLedger = (
  { headPosition, parked, authors, waiting, slots }: LoadedBatch,
  limits: ParkingLimits,
): Ledger => {
  const room = { ...parked };
  const entries: NewEntry[] = [];
  const forked = new Set<Dot>();
  const lineage = addedLineage(forked);
  const waiters = waitersOf();
  const began: Candidate[] = [];
  const decided: Candidate[] = [];
  const foundHeld = new Set<Candidate>();
  let turn = 0;
  for (const candidate of waiting) {
    candidate.turn = turn += 1;
    waiters.listen(candidate);
  }

  const authorOf = ({ sealed }: Candidate): Author => {
    const author = authors.get(sealed.event.replicaId);
    invariant(author !== undefined, `the log was not asked about ${sealed.event.replicaId}`);
    return author;
  };
  const takeRoom = (author: Author, events: number, bytes: number): void => {
    room.events += events;
    room.bytes += bytes;
    author.parkedEvents += events;
    author.parkedBytes += bytes;
  };
  /** Its number is held from now on; whoever waited for that gap is woken. */
  const hold = (author: Author, { event }: SealedEvent): readonly Candidate[] =>
    holdNumber(author, event.seq).flatMap((number) =>
      [...(slots.find(dotOf(event.replicaId, number))?.waiting.values() ?? [])].filter((other) => other !== undefined),
    );

  /** Who has come to wait for something else is woken by that alone, in this batch and in every later one. */
  const wake = (dot: Dot): readonly Candidate[] =>
    [...waiters.take(dot)].filter(({ waits }) => waits?.includes(dot) === true);

  const wait = (candidate: Candidate, waits: readonly Dot[]): ReadonlySet<Candidate> => {
    const { sealed, resource } = candidate;
    const author = authorOf(candidate);
    const woken = new Set<Candidate>();
    if (candidate.waits === undefined) {
      candidate.bytes = canonicalOf(candidate).length;
      if (!hasRoom(limits, room, author, candidate.bytes)) {
        candidate.outcome = { type: 'refused', code: 'parking_full', message: parkingFull(sealed.dot) };
        return nobody;
      }
      candidate.turn = turn += 1;
      began.push(candidate);
      setWaiting(slots.at(sealed.dot), sealed.hash, candidate);
      takeRoom(author, 1, candidate.bytes);
      if (!isAside(candidate)) startWaiting(author, sealed.event.seq, resource);
      if (candidate.wasHeld) author.pastGaps.add(sealed.event.seq);
      // Later events of its author wait for another number now, or need not have seen the other content any more.
      if (candidate.wasHeld || hasOthers(slots.at(sealed.dot))) for (const other of wake(sealed.dot)) woken.add(other);
    }
    candidate.waits = waits;
    waiters.listen(candidate);
    for (const other of hold(author, sealed)) woken.add(other);
    return woken;
  };

  const accept = (candidate: Candidate, position: number): void => {
    const { sealed, resource, isRetry } = candidate;
    const { event, dot, hash } = sealed;
    const slot = slots.at(dot);
    const isFork = slot.accepted.length > 0;
    if (isFork) forked.add(dot);
    const isAskedFor = !isRetry && !isOneOfSeveral(slot, hash);
    entries.push({ type: 'event', position, sealed, resource, canonical: canonicalOf(candidate), isAskedFor });
    slot.accepted.push({ hash, position, resource });
    if (isAskedFor) addOwn(authorOf(candidate), resource, { seq: event.seq, dot, position });
    noteAdded(lineage, candidate, position);
    candidate.outcome = { type: 'accepted', position };
  };

  const refuse = (candidate: Candidate, position: number, code: string, message: string): void => {
    const { sealed, resource } = candidate;
    const { refused } = slots.at(sealed.dot);
    const standing = refused.find(({ hash }) => hash === sealed.hash);
    if (standing === undefined) {
      entries.push({ type: 'refusal', position, sealed, resource, refusal: refusalOf(sealed, code, message) });
      refused.push({ hash: sealed.hash, position, code, message });
    }
    candidate.outcome = { type: 'refused', code, message, position: standing?.position ?? position };
  };

  const stopsWaiting = (candidate: Candidate): void => {
    const { sealed, resource } = candidate;
    const author = authorOf(candidate);
    slots.at(sealed.dot).waiting.delete(sealed.hash);
    takeRoom(author, -1, -candidate.bytes);
    if (!isAside(candidate)) stopWaiting(author, sealed.event.seq, resource);
    decided.push(candidate);
  };

  return {
    lineage,
    authorOf,
    noteHeld: (candidate) => {
      if (candidate.wasHeld) return [];
      const { sealed, resource } = candidate;
      if (!isAside(candidate)) stopWaiting(authorOf(candidate), sealed.event.seq, resource);
      candidate.isRetry = true;
      candidate.wasHeld = true;
      authorOf(candidate).pastGaps.add(sealed.event.seq);
      foundHeld.add(candidate);
      return [candidate, ...wake(sealed.dot)];
    },
    forget: (candidate) => {
      const { sealed } = candidate;
      stopsWaiting(candidate);
      const { accepted, refused, waiting: others } = slots.at(sealed.dot);
      if (accepted.length + refused.length + others.size === 0) {
        const { beyond, pastGaps } = authorOf(candidate);
        beyond.delete(sealed.event.seq);
        pastGaps.delete(sealed.event.seq);
      }
      candidate.outcome = { type: 'refused', code: 'parking_dropped', message: `${sealed.dot} was given up` };
    },
    settle: (candidate, judgement) => {
      if (judgement.type === 'wait') return wait(candidate, judgement.waits);
      const { sealed } = candidate;
      const author = authorOf(candidate);
      const position = headPosition + entries.length + 1;
      if (judgement.type === 'accept') accept(candidate, position);
      else refuse(candidate, position, judgement.code, judgement.message);
      if (candidate.waits !== undefined) stopsWaiting(candidate);
      if (sealed.event.seq > author.head + 1) author.pastGaps.add(sealed.event.seq);
      const woken = hold(author, sealed);
      const others = wake(sealed.dot);
      return woken.length === 0 && others.length === 0 ? nobody : new Set([...woken, ...others]);
    },
    close: () => ({
      entries: forked.size === 0 ? entries : entries.map((entry) => withoutFork(entry, forked)),
      forked: [...forked],
      park: began
        .filter(({ outcome }) => outcome === undefined)
        .map((candidate) => {
          const { sealed, resource, refusal, isRetry, wasHeld, waits = [], bytes } = candidate;
          const canonical = canonicalOf(candidate);
          const parts = { sealed, resource, canonical, isRetry, wasHeld, waits, bytes, isAside: isAside(candidate) };
          return refusal === undefined ? parts : { ...parts, refusal };
        }),
      unpark: decided
        .filter(({ stored }) => stored !== undefined)
        .map(({ sealed: { dot, hash }, bytes }) => ({ dot, hash, bytes })),
      rewait: waiting.flatMap((candidate) => {
        const { sealed, stored = [], waits = [], wasHeld, outcome } = candidate;
        const isSame = isSameSet(stored, waits) && !foundHeld.has(candidate);
        return outcome !== undefined || isSame ? [] : [{ dot: sealed.dot, hash: sealed.hash, waits, wasHeld }];
      }),
      heads: new Map(
        [...authors.values()]
          .filter(({ head, storedHead }) => head > storedHead)
          .map(({ replicaId, head }) => [replicaId, head]),
      ),
    }),
  };
};

/** Exactly what it waits for: a dot that is waited for no longer would wake it in a later batch, and not in this one. */
const isSameSet = (stored: readonly Dot[], waits: readonly Dot[]): boolean =>
  stored.length === waits.length && waits.every((wanted) => stored.includes(wanted));

const canonicalOf = ({ canonical, sealed }: Candidate): string => canonical ?? canonicalEvent(sealed.event);

/** An event may have become a fork after it was entered. */
const withoutFork = (entry: NewEntry, forked: ReadonlySet<Dot>): NewEntry =>
  entry.type === 'event' && forked.has(entry.sealed.dot) ? { ...entry, isAskedFor: false } : entry;

/** Whether other contents are held under its dot, or were refused (H8). */
const isOneOfSeveral = ({ accepted, refused, waiting }: Slot, hash: string): boolean =>
  accepted.length > 0 || refused.length > 0 || waiting.size > (waiting.has(hash) ? 1 : 0);

const parkingFull = (dot: Dot): string => `there is no room for ${dot} to wait for what it builds on: send that first`;

const refusalOf = ({ event, dot, hash }: SealedEvent, code: string, message: string): HubRefusal => ({
  dot,
  hash,
  eventId: event.eventId,
  resourceType: event.resourceType,
  resourceId: event.resourceId,
  code,
  message,
});
