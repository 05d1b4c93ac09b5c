/**
 * Asks for everything at once that most batches need: a few questions, whatever the batch's size.
 * What waits is only looked for where something does.
 */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import { canonicalEvent } from '../../domain/events/canonical-event.js';
import { appendTo } from '../../domain/shared/append-to.js';
import { authorOf, type Author } from './authors.js';
import { candidateOf, type Candidate } from './candidate.js';
import { loadOwnPasts } from './own-past.js';
import { ask, type Asking, type AuthorFacts, type ParkedRoom, type WaitingEvent } from './questions.js';
import { setWaiting, slotsOf, type Slots } from './slots.js';

export interface LoadedBatch {
  readonly headPosition: number;
  readonly parked: ParkedRoom;
  readonly authors: Map<string, Author>;
  readonly waiting: readonly Candidate[];
  readonly slots: Slots;
}

/** @param isReleasing what waits already may release others, too: it is not only offered again */
export function* loadBatch(
  batch: readonly Candidate[],
  { isReleasing = false }: { readonly isReleasing?: boolean } = {},
): Asking<LoadedBatch> {
  const authors = new Map<string, Author>();
  const slots = slotsOf();
  const first = yield* ask({ type: 'authors', replicaIds: [...new Set(batch.map(replicaOf))] });
  const parkedUnder = new Map<string, string[]>();
  for (const replicaId of new Set(batch.map(replicaOf))) {
    const facts = first.authors.get(replicaId) ?? nobodysFacts;
    authors.set(replicaId, authorOf(replicaId, facts));
    for (const { seq, hash } of facts.waiting) appendTo(parkedUnder, `${replicaId}:${seq}`, hash);
  }

  const waiting: Candidate[] = [];
  if (first.parked.events > 0) {
    const under = new Set<Dot>();
    const wanted = new Set<Dot>();
    for (const { sealed, wasHeld } of batch) {
      const hashes = parkedUnder.get(sealed.dot);
      if (hashes !== undefined) under.add(sealed.dot);
      // What waits already releases nobody by coming again, unless it need not wait any more.
      if (isReleasing || wasHeld || hashes?.includes(sealed.hash) !== true) wanted.add(sealed.dot);
    }
    const found = yield* ask({ type: 'waiting', under: [...under], for: [...wanted] });
    for (const stored of found) {
      const candidate = waitingCandidate(stored);
      waiting.push(candidate);
      setWaiting(slots.at(stored.sealed.dot), stored.sealed.hash, candidate);
    }
    const others = [...new Set(found.map(replicaOf))].filter((replicaId) => !authors.has(replicaId));
    if (others.length > 0) {
      const more = yield* ask({ type: 'authors', replicaIds: others });
      for (const replicaId of others)
        authors.set(replicaId, authorOf(replicaId, more.authors.get(replicaId) ?? nobodysFacts));
    }
  }

  const everyone = [...batch, ...waiting];
  const dots = unknownDots(everyone, authors);
  for (const dot of waitingOwnDots(everyone, authors)) dots.add(dot);
  if (dots.size > 0) slots.load(yield* ask({ type: 'dots', dots: [...dots] }));
  yield* loadOwnPasts(
    everyone.flatMap(({ sealed: { event, dot, hash }, resource, refusal }) => {
      const author = authors.get(event.replicaId);
      const isKnown = slots.find(dot)?.accepted.some((content) => content.hash === hash) === true;
      return author === undefined || isKnown || refusal !== undefined ? [] : [{ author, seq: event.seq, resource }];
    }),
  );
  const { headPosition, parked } = first;
  return { headPosition, parked, authors, waiting, slots };
}

const nobodysFacts: AuthorFacts = { head: 0, beyond: [], waiting: [] };

const replicaOf = ({ sealed }: { readonly sealed: SealedEvent }): string => sealed.event.replicaId;

const waitingCandidate = (stored: WaitingEvent): Candidate => ({
  ...candidateOf(stored),
  stored: stored.waits,
  waits: stored.waits,
  bytes: canonicalEvent(stored.sealed.event).length,
});

/** Own numbers that wait on the same resource: whether more than one content is held there decides who waits for them. */
const waitingOwnDots = (
  events: readonly Pick<Candidate, 'sealed' | 'resource'>[],
  authors: ReadonlyMap<string, Author>,
): ReadonlySet<Dot> => {
  const numbers = new Map<readonly number[], ReplicaId>();
  for (const { sealed, resource } of events) {
    const { replicaId } = sealed.event;
    const waiting = authors.get(replicaId)?.waitingOn.get(resource);
    if (waiting !== undefined) numbers.set(waiting, replicaId);
  }
  return new Set([...numbers].flatMap(([seqs, replicaId]) => seqs.map((seq) => dotOf(replicaId, seq))));
};

/** The dots of events and of their parents, less those that cannot be held: numbers beyond what an author has sent. */
const unknownDots = (
  events: readonly { readonly sealed: SealedEvent }[],
  authors: ReadonlyMap<string, Author>,
): Set<Dot> => {
  const isNew = (replicaId: string, seq: number): boolean => {
    const author = authors.get(replicaId);
    return author !== undefined && seq > author.storedHead && !author.beyond.has(seq);
  };
  const dots = new Set<Dot>();
  const fresh = new Set<Dot>();
  for (const { sealed } of events)
    if (isNew(sealed.event.replicaId, sealed.event.seq)) fresh.add(sealed.dot);
    else dots.add(sealed.dot);
  for (const { sealed } of events)
    for (const parent of sealed.event.parents) {
      if (fresh.has(parent) || dots.has(parent)) continue;
      const parts = parseDot(parent);
      if (parts === undefined || isNew(parts.replicaId, parts.seq)) continue;
      dots.add(parent);
    }
  return dots;
};
