/**
 * Whole histories: what several writers record while they know of each other only now and then,
 * with fields of every kind, references, and what goes wrong in the field on demand (forks, twins).
 *
 *     fc.assert(fc.property(eventHistories({ forks: true }), ({ events }) => …));
 *
 * A history is a fold of small steps, and every list of steps means something, so a failing one
 * shrinks to the few events that matter. Operations fit what their author saw; events stand in a
 * causal order, parents first, but for the contents of a fork.
 */
import fc from 'fast-check';
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot, ReknitEvent, ReplicaId, ResourceRef } from '../../domain/events/event.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { authorEvent, type Author, type HistoryField, type WriteStep } from './authoring.js';
import { defaultHistoryFields, historyPolicy } from './history-policy.js';

/** Events of several replicas as they came about, and who wrote. */
export interface EventHistory {
  readonly events: readonly ReknitEvent[];
  readonly replicas: readonly string[];
}

/** How long a history is, and by how many. */
export interface HistoryOptions {
  /** Replicas that write; from 1 up. */
  readonly writers?: number;
  /** Writes, pulls and the rest together, which bounds the time a history takes to make. */
  readonly stepsMax?: number;
  readonly resources?: readonly ResourceRef[];
  /** Fields of all resources, with the kind that the policy gives them. */
  readonly fields?: Readonly<Record<string, HistoryField>>;
  /** What an author sees is folded under it; lists and texts have to be declared there as such. */
  readonly policy?: Policy;
  /** Deletes, and creates after them; on unless told. */
  readonly deletes?: boolean;
  /** Dots used again for another content, as after a backup was brought back (R5). */
  readonly forks?: boolean;
  /** One change recorded at two replicas under one event id (R6). */
  readonly twins?: boolean;
}

type Step =
  | (WriteStep & { readonly kind: 'write' })
  | { readonly kind: 'pull'; readonly to: number; readonly from: number }
  | { readonly kind: 'fork'; readonly event: number; readonly value: number }
  | { readonly kind: 'twin'; readonly event: number; readonly replica: number };

const small = fc.nat({ max: 15 });

const steps = ({ stepsMax = 30, forks, twins }: HistoryOptions): fc.Arbitrary<readonly Step[]> => {
  const write = fc.record({
    kind: fc.constant('write' as const),
    replica: small,
    resource: small,
    action: small,
    field: small,
    value: small,
    ticks: fc.nat({ max: 2 }),
  });
  const pull = fc.record({ kind: fc.constant('pull' as const), to: small, from: small });
  const fork = fc.record({ kind: fc.constant('fork' as const), event: small, value: small });
  const twin = fc.record({ kind: fc.constant('twin' as const), event: small, replica: small });
  const kinds = fc.oneof(
    { weight: 12, arbitrary: write },
    { weight: 5, arbitrary: pull },
    { weight: forks === true ? 2 : 0, arbitrary: fork },
    { weight: twins === true ? 2 : 0, arbitrary: twin },
  );
  return fc.array(kinds, { maxLength: stepsMax, size: 'max' });
};

const defaultResources: readonly ResourceRef[] = [
  { resourceType: 'task', resourceId: 'one' },
  { resourceType: 'task', resourceId: 'two' },
  { resourceType: 'track', resourceId: 'one' },
];

/** In no order of theirs: R1 sorts by UTF-16 code units, and a dot may hold two colons. */
const names = ['b', 'a', 'é', 'Z', 'a:1', '😀'] as const;

/** Whole histories of a few replicas that write and meet. */
export const eventHistories = (options: HistoryOptions = {}): fc.Arbitrary<EventHistory> =>
  steps(options).map((taken) => carryOut(taken, options));

const pick = <Item>(items: readonly Item[], choice: number): Item => items[choice % items.length] as Item;

const carryOut = (taken: readonly Step[], options: HistoryOptions): EventHistory => {
  const { writers = 3, resources = defaultResources, deletes = true } = options;
  const { fields = defaultHistoryFields, policy = historyPolicy } = options;
  const authors = Array.from({ length: Math.max(1, Math.min(writers, 36)) }, (_, index): Author => {
    const replicaId = index < names.length ? pick(names, index) : `replica ${index}`;
    return { replicaId: replicaId as ReplicaId, lastSeq: 0, clockMs: 0, counter: 0, known: [] };
  });
  const events: ReknitEvent[] = [];
  const publish = (event: ReknitEvent, author: Author | undefined): void => {
    events.push(event);
    author?.known.push(event);
  };
  const context = { resources, fields, policy, deletes };
  for (const step of taken)
    switch (step.kind) {
      case 'write': {
        const author = pick(authors, step.replica);
        publish(authorEvent(author, pick(resources, step.resource), step, events.length, context), author);
        break;
      }
      case 'pull': {
        const [to, from] = [pick(authors, step.to), pick(authors, step.from)];
        for (const event of from.known) if (!to.known.includes(event)) to.known.push(event);
        break;
      }
      case 'fork': {
        if (events.length === 0) break;
        const fork = forkOf(pick(events, step.event), step.value, events.length, fields);
        if (fork !== undefined && !events.some((other) => canonicalJson(other) === canonicalJson(fork)))
          publish(fork, undefined);
        break;
      }
      case 'twin': {
        if (events.length === 0) break;
        const original = pick(events, step.event);
        const author = pick(authors, step.replica);
        if (author.replicaId === original.replicaId || !knowsParents(author, original)) break;
        author.lastSeq += 1;
        publish({ ...original, replicaId: author.replicaId, seq: author.lastSeq }, author);
      }
    }
  return { events, replicas: authors.map(({ replicaId }) => replicaId) };
};

/** The same dot, parents and kind of change, with another value of a register. */
const forkOf = (
  { note: _note, ...original }: ReknitEvent,
  value: number,
  count: number,
  fields: Readonly<Record<string, HistoryField>>,
): ReknitEvent | undefined => {
  const [register] = Object.entries(fields).find(([, kind]) => kind === 'register') ?? [];
  if (register === undefined || original.operation === 'delete') return undefined;
  const eventId = `fork ${count}` as ReknitEvent['eventId'];
  return { ...original, eventId, payload: { [register]: `forked ${value}` } };
};

const knowsParents = ({ known }: Author, { parents }: ReknitEvent): boolean => {
  const dots = new Set<Dot>(known.map(({ replicaId, seq }) => dotOf(replicaId, seq)));
  return parents.every((parent) => dots.has(parent));
};

/** Every event at least once, some twice, in any order: how a history may arrive. */
export const arrivalsOf = ({ events }: EventHistory): fc.Arbitrary<readonly ReknitEvent[]> =>
  fc
    .tuple(fc.shuffledSubarray([...events], { minLength: events.length }), fc.subarray([...events]))
    .chain(([all, again]) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }));
