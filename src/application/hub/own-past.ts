/**
 * R4 at the hub: has an author seen its own earlier events of the resource?
 *
 * It is enough to look for the last of them, since that one was held to the same rule. It is nearly
 * always among the parents. Where it is not, it can only be reached through events that came into the
 * log after it, so the search goes no further back than its position, whatever the history's length.
 */
import type { Dot } from '../../domain/events/event.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import { appendTo } from '../../domain/shared/append-to.js';
import { lastAdded, type Author } from './authors.js';
import type { Candidate } from './candidate.js';
import { ancestorsBy, ask, type Asking, type LineageEvent, type OwnEvent, type OwnPastQuestion } from './questions.js';

/** What the batch has added so far. */
export interface AddedLineage {
  /** Found by their dots only once somebody looks for one, which is seldom. */
  readonly latest: (LineageEvent & { readonly dot: Dot })[];
  readonly byDot: Map<Dot, LineageEvent[]>;
  /** Dots that have become forks. */
  readonly forked: ReadonlySet<Dot>;
  /** By an own event that was looked for in vain, the dots that do not lead to it: a batch that asks again and again searches once. */
  readonly barren: Map<Dot, Set<Dot>>;
}

export const addedLineage = (forked: ReadonlySet<Dot>): AddedLineage => ({
  latest: [],
  byDot: new Map(),
  forked,
  barren: new Map(),
});

interface OwnWrite {
  readonly author: Author;
  readonly seq: number;
  readonly resource: ResourceKey;
  readonly parents: readonly Dot[];
}

/** Asks for many at once what {@link hasSeenOwnPast} will want to know of the log. */
export function* loadOwnPasts(writes: readonly Omit<OwnWrite, 'parents'>[]): Asking<void> {
  const wanted = new Map<Author, Set<ResourceKey>>();
  const questions: OwnPastQuestion[] = [];
  const authors: Author[] = [];
  for (const { author, seq, resource } of writes) {
    if (author.storedHead === 0 || seq <= author.storedHead) continue;
    let resources = wanted.get(author);
    if (resources === undefined) wanted.set(author, (resources = new Set()));
    if (resources.has(resource)) continue;
    resources.add(resource);
    authors.push(author);
    questions.push({ replicaId: author.replicaId, resource, before: author.storedHead + 1 });
  }
  if (questions.length === 0) return;
  const answers = yield* ask({ type: 'own_past', of: questions });
  questions.forEach(({ resource }, index) => authors[index]?.lastStored.set(resource, answers[index]));
}

/** True where that shows without asking the log, as it does for most: the last own event is a parent, or there is none. */
export const seesOwnPastAtOnce = ({ author, seq, resource, parents }: OwnWrite, { forked }: AddedLineage): boolean => {
  let last = lastAdded(author, seq, resource, (dot) => forked.has(dot));
  if (author.storedHead > 0) {
    if (seq <= author.storedHead || !author.lastStored.has(resource)) return false;
    const stored = author.lastStored.get(resource);
    if (stored !== undefined && forked.has(stored.dot)) return false;
    if (stored !== undefined && stored.seq > (last?.seq ?? 0)) last = stored;
  }
  return last === undefined || parents.includes(last.dot);
};

export function* hasSeenOwnPast(write: OwnWrite, added: AddedLineage): Asking<boolean> {
  const last = yield* lastOwn(write, added);
  if (last === undefined || write.parents.includes(last.dot)) return true;
  return yield* descends(write.parents, last, write.resource, added);
}

function* lastOwn({ author, seq, resource }: OwnWrite, { forked }: AddedLineage): Asking<OwnEvent | undefined> {
  const now = lastAdded(author, seq, resource, (dot) => forked.has(dot));
  if (author.storedHead === 0) return now;
  const isLast = seq > author.storedHead && author.lastStored.has(resource);
  let stored = isLast ? author.lastStored.get(resource) : yield* storedBefore(author, seq, resource);
  while (stored !== undefined && forked.has(stored.dot)) stored = yield* storedBefore(author, stored.seq, resource);
  return now === undefined || (stored !== undefined && stored.seq > now.seq) ? stored : now;
}

function* storedBefore(author: Author, before: number, resource: ResourceKey): Asking<OwnEvent | undefined> {
  const [own] = yield* ask({ type: 'own_past', of: [{ replicaId: author.replicaId, resource, before }] });
  return own;
}

/** Whether one of the dots is that event, or has it among its ancestors. */
function* descends(
  from: readonly Dot[],
  { dot: wanted, position: after }: OwnEvent,
  resource: ResourceKey,
  added: AddedLineage,
): Asking<boolean> {
  for (const event of added.latest.splice(0)) appendTo(added.byDot, event.dot, event);
  const except = added.barren.get(wanted) ?? new Set<Dot>();
  const visited = new Set<Dot>();
  let open = from.filter((dot) => !except.has(dot));
  while (open.length > 0) {
    // What this batch has added is not in the log yet, and builds on what is.
    const here = ancestorsBy(
      { type: 'ancestors', of: open, resource, wanted, after, except },
      (dot) => added.byDot.get(dot) ?? [],
    );
    if (here.isFound) return true;
    const ofLog = [...here.visited].filter((dot) => !visited.has(dot));
    const there = yield* ask({ type: 'ancestors', of: ofLog, resource, wanted, after, except });
    if (there.isFound) return true;
    // Another content of a dot that the log holds may have come with this batch.
    open = [...there.visited].filter((dot) => !here.visited.has(dot) && !visited.has(dot) && added.byDot.has(dot));
    for (const dot of [...here.visited, ...there.visited]) visited.add(dot);
  }
  for (const dot of except) visited.add(dot);
  added.barren.set(wanted, visited);
  return false;
}

export const noteAdded = (added: AddedLineage, { sealed, resource }: Candidate, position: number): void => {
  const { dot, event } = sealed;
  added.latest.push({ dot, position, resource, parents: event.parents });
  // Another content under a dot that was searched may lead elsewhere.
  for (const [wanted, dots] of added.barren) if (dots.has(dot)) added.barren.delete(wanted);
};
