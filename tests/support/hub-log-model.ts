/**
 * A hub's log, slow and plain: what becomes of each event as a function of the set that was sent, and
 * nothing else. Random histories for it, with what honest replicas write and what others may try.
 */
import fc from 'fast-check';
import type { HubSubmission } from '../../src/application/ports/hub-log.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { eventOf } from '../../src/testing/contract-story.js';

export const forbidden = { code: 'forbidden', message: 'may not write' };

export interface Decisions {
  /** `accepted`, or the code of the refusal; nothing for what waits. */
  readonly byDot: ReadonlyMap<string, string>;
  readonly heads: ReadonlyMap<string, number>;
}

/** Of events with different dots. */
export const decisionsOn = (submissions: readonly HubSubmission[]): Decisions => {
  const sent = new Map<string, HubSubmission>(submissions.map((submission) => [submission.sealed.dot, submission]));
  const byDot = new Map<string, string>();
  const heads = new Map<string, number>();
  for (const { event } of submissions.map(({ sealed }) => sealed)) {
    let head = 0;
    while (sent.has(`${event.replicaId}:${head + 1}`)) head += 1;
    heads.set(event.replicaId, head);
  }
  // Each round decides what the rounds before allow, until nothing is left that can be decided.
  for (let before = -1; before < byDot.size;) {
    before = byDot.size;
    for (const { sealed, refusal } of submissions) {
      if (byDot.has(sealed.dot)) continue;
      const decision = decide(sealed, refusal?.code, sent, byDot, heads);
      if (decision !== undefined) byDot.set(sealed.dot, decision);
    }
  }
  return { byDot, heads };
};

const decide = (
  { event }: SealedEvent,
  refusal: string | undefined,
  sent: ReadonlyMap<string, HubSubmission>,
  byDot: ReadonlyMap<string, string>,
  heads: ReadonlyMap<string, number>,
): string | undefined => {
  if (event.seq > (heads.get(event.replicaId) ?? 0)) return undefined;
  if (refusal !== undefined) return refusal;
  const isOfResource = (dot: string): boolean => sent.get(dot)?.sealed.event.resourceId === event.resourceId;
  const isRefused = (dot: string): boolean => byDot.has(dot) && byDot.get(dot) !== 'accepted';
  if (event.parents.some(isRefused)) return 'parent_refused';
  const own = Array.from({ length: event.seq - 1 }, (_, index) => `${event.replicaId}:${index + 1}`).filter(
    (dot) => isOfResource(dot) && sent.get(dot)?.refusal === undefined,
  );
  if ([...event.parents, ...own].some((dot) => !byDot.has(dot))) return undefined;
  // Another content under that dot may still come.
  if (!event.parents.every(isOfResource)) return undefined;
  const ancestors = new Set<string>();
  const open: string[] = [...event.parents];
  for (const dot of open)
    if (!ancestors.has(dot)) {
      ancestors.add(dot);
      open.push(...(sent.get(dot)?.sealed.event.parents ?? []));
    }
  return own.every((dot) => isRefused(dot) || ancestors.has(dot)) ? 'accepted' : 'own_past_unseen';
};

const replicas = ['ann', 'bob', 'cid'] as const;
const resources = ['one', 'two', 'three'] as const;

interface Step {
  readonly replica: (typeof replicas)[number];
  readonly resource: (typeof resources)[number];
  /** What the author has seen: all that there was, its own, less than its own, anything, what nobody ever sends. */
  readonly sees: 'all' | 'own' | 'old' | 'nothing' | 'anything' | 'missing';
  readonly pick: number;
  readonly isRefused: boolean;
  readonly isLost: boolean;
}

const steps = (): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      replica: fc.constantFrom(...replicas),
      resource: fc.constantFrom(...resources),
      sees: fc.oneof(
        { weight: 12, arbitrary: fc.constant('all' as const) },
        { weight: 8, arbitrary: fc.constant('own' as const) },
        {
          weight: 2,
          arbitrary: fc.constantFrom('old' as const, 'nothing' as const, 'anything' as const, 'missing' as const),
        },
      ),
      pick: fc.nat(),
      isRefused: fc.integer({ min: 0, max: 15 }).map((chance) => chance === 0),
      isLost: fc.integer({ min: 0, max: 24 }).map((chance) => chance === 0),
    }),
    { minLength: 1, maxLength: 40 },
  );

const write = (all: readonly Step[]): readonly HubSubmission[] => {
  const written: SealedEvent[] = [];
  const counts = new Map<string, number>();
  return all.flatMap(({ replica, resource, sees, pick, isRefused, isLost }) => {
    const seq = (counts.get(replica) ?? 0) + 1;
    counts.set(replica, seq);
    const here = written.filter(({ event }) => event.resourceId === resource);
    const own = here.findLast(({ event }) => event.replicaId === replica);
    const parentsOf = (): readonly string[] => {
      switch (sees) {
        case 'all':
          return headsOf(here);
        case 'own':
          return own === undefined ? [] : [own.dot];
        case 'old':
          return here.length === 0 ? [] : [(here[pick % here.length] as SealedEvent).dot];
        case 'nothing':
          return [];
        case 'anything':
          return written.length === 0 ? [] : [(written[pick % written.length] as SealedEvent).dot];
        case 'missing':
          return [`nobody:${1 + (pick % 2)}`];
      }
    };
    const sealed = eventOf(replica, seq, resource, parentsOf());
    written.push(sealed);
    if (isLost) return [];
    return [isRefused ? { sealed, refusal: forbidden } : { sealed }];
  });
};

const headsOf = (events: readonly SealedEvent[]): readonly string[] => {
  const seen = new Set(events.flatMap(({ event }) => event.parents as readonly string[]));
  return events.map(({ dot }) => dot as string).filter((dot) => !seen.has(dot));
};

/** Each event of a history once, less a few that never arrive, in any order. */
export const arbitraryDelivery = (): fc.Arbitrary<readonly HubSubmission[]> =>
  steps()
    .map(write)
    .chain((submissions) =>
      fc.oneof(
        fc.constant(submissions),
        fc.shuffledSubarray([...submissions], { minLength: submissions.length }),
        fc.constant([...submissions].reverse()),
      ),
    );

const changes = ['again', 'retry', 'held', 'fork', 'elsewhere'] as const;

/** The same with repetitions, other contents under the same dots, retries, and what was held before a loss. */
export const arbitraryAbuse = (): fc.Arbitrary<readonly HubSubmission[]> =>
  arbitraryDelivery().chain((delivery) =>
    fc
      .array(
        fc.record({
          of: fc.nat(),
          at: fc.nat(),
          what: fc.constantFrom(...changes),
        }),
        { maxLength: 15 },
      )
      .map((additions) => {
        const all = [...delivery];
        for (const { of, at, what } of additions) {
          const original = delivery[of % Math.max(delivery.length, 1)];
          if (original !== undefined) all.splice(at % (all.length + 1), 0, changed(original, what));
        }
        return all;
      }),
  );

const changed = (submission: HubSubmission, what: (typeof changes)[number]): HubSubmission => {
  const { event } = submission.sealed;
  const { replicaId, seq, resourceId, parents } = event;
  switch (what) {
    case 'again':
      return submission;
    case 'retry':
      return { sealed: submission.sealed, isRetry: true };
    case 'held':
      return { ...submission, wasHeld: true };
    case 'fork':
      return { sealed: eventOf(replicaId, seq, resourceId, parents, { eventId: `a copy's ${replicaId}:${seq}` }) };
    case 'elsewhere':
      return { sealed: eventOf(replicaId, seq, 'elsewhere', []) };
  }
};
