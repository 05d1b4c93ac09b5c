/**
 * The numbers of the replicas whose events a batch brings: how far they are held, what of them
 * waits, and which of their events came last on a resource.
 */
import type { Dot } from '../../domain/events/event.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { AuthorFacts, OwnEvent } from './questions.js';

export interface Author {
  readonly replicaId: string;
  /** As it was when the batch came: a higher number is not in the log. */
  readonly storedHead: number;
  head: number;
  /** Numbers beyond the head that wait for a gap, or are in the log in spite of one. */
  readonly beyond: Set<number>;
  /** Those of them that wait for no gap: in the log, or waiting for parents alone. */
  readonly pastGaps: Set<number>;
  /** Numbers that wait, sorted, and that later events of the resource have to have seen. */
  readonly waitingOn: Map<ResourceKey, number[]>;
  parkedEvents: number;
  parkedBytes: number;
  /** The last stored event on a resource, of those asked for. */
  readonly lastStored: Map<ResourceKey, OwnEvent | undefined>;
  /** Events of this batch on a resource, by number. */
  readonly added: Map<ResourceKey, OwnEvent[]>;
}

export const authorOf = (replicaId: string, { head, beyond, waiting }: AuthorFacts): Author => {
  const author: Author = {
    replicaId,
    storedHead: head,
    head,
    beyond: new Set(beyond),
    pastGaps: new Set(beyond),
    waitingOn: new Map(),
    parkedEvents: waiting.length,
    parkedBytes: 0,
    lastStored: new Map(),
    added: new Map(),
  };
  for (const { seq, resource, bytes, isAside, wasHeld } of waiting) {
    author.parkedBytes += bytes;
    if (wasHeld) author.pastGaps.add(seq);
    if (seq > head) author.beyond.add(seq);
    if (!isAside) startWaiting(author, seq, resource);
  }
  return author;
};

/** Notes that a number is held from now on; answers the numbers whose gap has closed by that. */
export const holdNumber = (author: Author, seq: number): readonly number[] => {
  if (seq <= author.head) return nothing;
  if (seq === author.head + 1 && author.beyond.size === 0) {
    author.head = seq;
    return nothing;
  }
  author.beyond.add(seq);
  const first = author.head;
  while (author.beyond.delete(author.head + 1)) author.head += 1;
  if (author.head === first) return nothing;
  const closed: number[] = [];
  for (let number = first + 1; number <= author.head; number += 1) if (number !== seq) closed.push(number);
  return closed;
};

const nothing: readonly number[] = [];

/** What comes after a gap waits for this number: it is missing, or waits for one before it, and so on to one that is. */
export const gapBefore = ({ pastGaps }: Author, seq: number): number => {
  let number = seq - 1;
  while (pastGaps.has(number)) number -= 1;
  return number;
};

export const startWaiting = (author: Author, seq: number, resource: ResourceKey): void => {
  const numbers = author.waitingOn.get(resource);
  if (numbers === undefined) author.waitingOn.set(resource, [seq]);
  else numbers.splice(placeOf(numbers, seq), 0, seq);
};

export const stopWaiting = (author: Author, seq: number, resource: ResourceKey): void => {
  const numbers = author.waitingOn.get(resource);
  if (numbers === undefined) return;
  const place = placeOf(numbers, seq);
  if (numbers[place] === seq) numbers.splice(place, 1);
  if (numbers.length === 0) author.waitingOn.delete(resource);
};

/** The last number before this one that waits on the resource, of those that have to be seen: it is decided first. */
export const waitingBefore = (
  author: Author,
  seq: number,
  resource: ResourceKey,
  isAskedFor: (seq: number) => boolean,
): number | undefined => {
  const numbers = author.waitingOn.get(resource);
  if (numbers === undefined) return undefined;
  for (let place = placeOf(numbers, seq) - 1; place >= 0; place -= 1) {
    const number = numbers[place] ?? 0;
    if (isAskedFor(number)) return number;
  }
  return undefined;
};

/** Where the number stands among sorted ones, or would. */
const placeOf = (numbers: readonly number[], seq: number): number => {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
};

export const addOwn = (author: Author, resource: ResourceKey, own: OwnEvent): void => {
  const events = author.added.get(resource);
  if (events === undefined) {
    author.added.set(resource, [own]);
    return;
  }
  let place = events.length;
  while (place > 0 && (events[place - 1]?.seq ?? 0) > own.seq) place -= 1;
  events.splice(place, 0, own);
};

/** The last event of this batch on the resource before that number, forked dots aside. */
export const lastAdded = (
  author: Author,
  seq: number,
  resource: ResourceKey,
  isForked: (dot: Dot) => boolean,
): OwnEvent | undefined => author.added.get(resource)?.findLast((own) => own.seq < seq && !isForked(own.dot));
