/**
 * What is known of the dots that a merge asks about. Those that cannot be there are not looked
 * up; of those that can, the events of one replica mostly come in runs, which one query reads.
 */
import type { Dot, SealedEvent } from '../../../domain/events/event.js';
import type { KnownDot } from '../../../domain/merge/loaded.js';
import { resourceKeyOf, type ResourceKey } from '../../../domain/resource/resource-key.js';
import type { ResourceState } from '../../../domain/resource/state.js';
import type { Base } from '../base.js';
import { findKnownDot, findKnownRun } from './known-dots.js';
import type { ReplicaEntry } from '../names/replicas.js';

export interface KnownDots {
  readonly known: ReadonlyMap<Dot, KnownDot>;
  readonly lookUp: (dot: Dot, replicaId: string, seq: number) => void;
}

/** From so many on, a run is read faster than its events one by one. */
const runMin = 8;

/** @param waiting parked events, of which only the parents are asked about */
export const knownDots = (
  events: readonly SealedEvent[],
  waiting: readonly SealedEvent[],
  states: ReadonlyMap<ResourceKey, ResourceState>,
  base: Base,
): KnownDots => {
  const { replicas, remembered } = base;
  const isPlain = !remembered.hasVoids() && !remembered.hasVariants() && remembered.parkedCount() === 0;
  const known = new Map<Dot, KnownDot>();
  const lookedUp = new Set<Dot>();
  const lookUp = (dot: Dot, replicaId: string, seq: number): void => {
    const entry = replicas.find(replicaId);
    if (entry !== undefined && seq <= entry.highest) lookUpIn(entry, dot, seq);
  };
  const lookUpIn = (entry: ReplicaEntry, dot: Dot, seq: number): void => {
    if (lookedUp.has(dot)) return;
    lookedUp.add(dot);
    const found = findKnownDot(entry.id, seq, base);
    if (found !== undefined) known.set(dot, found);
  };
  const lookUpParents = ({ event }: SealedEvent): void => {
    if (event.parents.length === 0) return;
    for (const parent of event.parents) {
      const colon = parent.lastIndexOf(':');
      const seq = Number(parent.slice(colon + 1));
      const entry = replicas.find(parent.slice(0, colon));
      // Mostly the parent is a new event too; that costs less to learn than which heads the resource has.
      if (entry === undefined || seq > entry.highest) continue;
      const heads = remembered.hasVoids() ? undefined : states.get(resourceKeyOf(event))?.heads;
      if (heads?.includes(parent) !== true) lookUpIn(entry, parent, seq);
    }
  };
  if (isPlain)
    for (const run of runsOf(events, base)) {
      for (const { dot } of run.events) lookedUp.add(dot);
      for (const [dot, found] of findKnownRun(run.replica.id, run.events, base)) known.set(dot, found);
    }
  for (const { dot, event } of events) lookUp(dot, event.replicaId, event.seq);
  events.forEach(lookUpParents);
  waiting.forEach(lookUpParents);
  return { known, lookUp };
};

interface Run {
  readonly replica: ReplicaEntry;
  /** With numbers that follow each other; the same one may come twice. */
  readonly events: readonly SealedEvent[];
}

function* runsOf(events: readonly SealedEvent[], { replicas }: Base): Generator<Run> {
  const byReplica = new Map<ReplicaEntry, SealedEvent[]>();
  for (const sealed of events) {
    const replica = replicas.find(sealed.event.replicaId);
    if (replica === undefined || sealed.event.seq > replica.highest) continue;
    const list = byReplica.get(replica);
    if (list === undefined) byReplica.set(replica, [sealed]);
    else list.push(sealed);
  }
  for (const [replica, list] of byReplica) {
    list.sort((a, b) => a.event.seq - b.event.seq);
    let run: SealedEvent[] = [];
    for (const sealed of list) {
      const last = run.at(-1);
      if (last !== undefined && sealed.event.seq > last.event.seq + 1) {
        if (run.length >= runMin) yield { replica, events: run };
        run = [];
      }
      run.push(sealed);
    }
    if (run.length >= runMin) yield { replica, events: run };
  }
}
