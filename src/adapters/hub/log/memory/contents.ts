/** What a log in memory holds, how it answers admission, and how it takes in what that has come to. */
import type { Admission, NewEntry, NewWaiting } from '../../../../application/hub/admission.js';
import {
  ancestorsBy,
  type AcceptedContent,
  type AuthorFacts,
  type HeldDot,
  type HubKnowledge,
  type LineageEvent,
  type OwnEvent,
  type OwnPastQuestion,
  type RefusedContent,
} from '../../../../application/hub/questions.js';
import type { HubCounts, HubHead, HubParked } from '../../../../application/ports/hub-log.js';
import { dotOf } from '../../../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../../../domain/events/event.js';
import { resourceKeyOf } from '../../../../domain/resource/resource-key.js';
import { appendTo } from '../../../../domain/shared/append-to.js';

export interface MemoryContents {
  readonly entries: readonly NewEntry[];
  readonly knowledge: HubKnowledge;
  readonly write: (admission: Omit<Admission, 'verdicts'>, receivedAt: string) => void;
  readonly parked: () => readonly HubParked[];
  readonly headOf: (replicaId: string, at: number) => HubHead;
  readonly counts: () => HubCounts;
}

export const memoryContents = (): MemoryContents => {
  const entries: NewEntry[] = [];
  const held = new Map<Dot, NewEntry[]>();
  /** Events by author and resource. */
  const owned = new Map<string, (NewEntry & { readonly type: 'event' })[]>();
  const forked = new Set<Dot>();
  const heads = new Map<string, number>();
  /** Numbers in the log that stand after a gap. */
  const beyond = new Map<string, Set<number>>();
  /** By dot and hash, in the order in which they began to wait. */
  const parked = new Map<string, NewWaiting & { readonly place: number; readonly since: string }>();
  let places = 0;
  let parkedBytes = 0;
  let refusals = 0;

  const parkedAt = (dot: Dot): readonly NewWaiting[] => [...parked.values()].filter(({ sealed }) => sealed.dot === dot);

  const authorFacts = (replicaId: string): AuthorFacts => ({
    head: heads.get(replicaId) ?? 0,
    beyond: [...(beyond.get(replicaId) ?? [])],
    waiting: [...parked.values()].flatMap(({ sealed: { event, hash }, bytes, isAside, wasHeld = false }) =>
      event.replicaId === replicaId
        ? [{ seq: event.seq, hash, resource: resourceKeyOf(event), bytes, isAside, wasHeld }]
        : [],
    ),
  });

  const released = (by: readonly Dot[]): ReadonlySet<NewWaiting> => {
    const found = new Set<NewWaiting>();
    const open = [...by];
    // Grows while it is gone through: what is released releases others.
    for (const dot of open)
      for (const item of parked.values())
        if (item.waits.includes(dot) && !found.has(item)) {
          found.add(item);
          open.push(item.sealed.dot);
        }
    return found;
  };

  const heldUnder = (dot: Dot): HeldDot => {
    const accepted: AcceptedContent[] = [];
    const refused: RefusedContent[] = [];
    for (const entry of held.get(dot) ?? []) {
      const { position, sealed } = entry;
      if (entry.type === 'event') accepted.push({ hash: sealed.hash, position, resource: resourceKeyOf(sealed.event) });
      else refused.push({ hash: sealed.hash, position, code: entry.refusal.code, message: entry.refusal.message });
    }
    return { accepted, refused, waiting: parkedAt(dot).map(({ sealed }) => sealed.hash) };
  };

  const hashUnder = (dot: Dot): string | undefined => held.get(dot)?.[0]?.sealed.hash ?? parkedAt(dot)[0]?.sealed.hash;

  const lastOwn = ({ replicaId, resource, before }: OwnPastQuestion): OwnEvent | undefined => {
    let last: OwnEvent | undefined;
    for (const { sealed, position, isAskedFor } of owned.get(ownKey(replicaId, resource)) ?? []) {
      const { seq } = sealed.event;
      if (isAskedFor && !forked.has(sealed.dot) && seq < before && seq > (last?.seq ?? 0))
        last = { seq, dot: sealed.dot, position };
    }
    return last;
  };

  const lineageOf = (dot: Dot): readonly LineageEvent[] =>
    (held.get(dot) ?? []).flatMap(({ type, position, sealed: { event } }) =>
      type === 'event' ? [{ position, resource: resourceKeyOf(event), parents: event.parents }] : [],
    );

  return {
    entries,
    knowledge: {
      authors: ({ replicaIds }) => ({
        headPosition: entries.length,
        parked: { events: parked.size, bytes: parkedBytes },
        authors: new Map(replicaIds.map((replicaId) => [replicaId, authorFacts(replicaId)])),
      }),
      waiting: (question) => {
        const under = new Set(question.under);
        const others = released(question.for);
        return [...parked.values()].filter((item) => others.has(item) || under.has(item.sealed.dot));
      },
      dots: ({ dots }) => new Map(dots.map((dot) => [dot, heldUnder(dot)])),
      own_past: ({ of }) => of.map(lastOwn),
      ancestors: (question) => ancestorsBy(question, lineageOf),
    },
    write: (admission, receivedAt) => {
      for (const entry of admission.entries) {
        const { event, dot } = entry.sealed;
        entries.push(entry);
        appendTo(held, dot, entry);
        if (entry.type === 'event') appendTo(owned, ownKey(event.replicaId, entry.resource), entry);
        else refusals += 1;
      }
      for (const dot of admission.forked) forked.add(dot);
      for (const { dot, hash, bytes } of admission.unpark) {
        parked.delete(`${dot} ${hash}`);
        parkedBytes -= bytes;
      }
      for (const { dot, hash, waits, wasHeld } of admission.rewait) {
        const item = parked.get(`${dot} ${hash}`);
        const held = wasHeld ? { wasHeld, isRetry: true, isAside: true } : {};
        if (item !== undefined) parked.set(`${dot} ${hash}`, { ...item, waits, ...held });
      }
      for (const item of admission.park) {
        places += 1;
        parked.set(`${item.sealed.dot} ${item.sealed.hash}`, { ...item, place: places, since: receivedAt });
        parkedBytes += item.bytes;
      }
      for (const [replicaId, head] of admission.heads) {
        heads.set(replicaId, head);
        for (const seq of beyond.get(replicaId) ?? []) if (seq <= head) beyond.get(replicaId)?.delete(seq);
      }
      for (const { sealed } of admission.entries) {
        const { replicaId, seq } = sealed.event;
        if (seq > (heads.get(replicaId) ?? 0)) beyond.set(replicaId, (beyond.get(replicaId) ?? new Set()).add(seq));
      }
    },
    headOf: (replicaId, at) => {
      const seq = heads.get(replicaId) ?? 0;
      const hashAt = at > 0 && at <= seq ? hashUnder(dotOf(replicaId as ReplicaId, at)) : undefined;
      return {
        seq,
        hash: hashUnder(dotOf(replicaId as ReplicaId, seq)),
        ...(hashAt === undefined ? {} : { hashAt }),
      };
    },
    parked: () =>
      [...parked.values()].map(({ place, sealed, since, bytes, waits }) => ({
        place,
        sealed,
        since,
        bytes,
        reason: sealed.event.seq > (heads.get(sealed.event.replicaId) ?? 0) ? 'gap' : 'parents',
        waits,
      })),
    counts: () => ({
      events: entries.length - refusals,
      refusals,
      parked: parked.size,
      replicas: heads.size,
    }),
  };
};

const ownKey = (replicaId: string, resource: string): string => `${resource}\u0000${replicaId}`;
