/**
 * Which replicas are known here, and how far: what we have of each, and what it had of us when it wrote the last
 * things that we have of it. More nobody can know without asking it.
 */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { EventStore } from '../ports/event-store.js';

/** A replica whose events are known here, and how far. */
export interface KnownReplica {
  readonly replicaId: string;
  readonly isSelf: boolean;
  /** Its events up to this number are all here, or explained. */
  readonly upTo: number;
  /** No event of it that is here has a higher number. */
  readonly highest: number;
  readonly lastEventAt?: string;
  readonly lastAgentId?: string;
  /** The last of our own events that one of its recent events builds on. */
  readonly hasSeenOfUs?: number;
}

/** Recent events that are looked at for what their authors had seen. */
const recentMax = 5_000;

export const knownReplicas = async (store: EventStore): Promise<readonly KnownReplica[]> => {
  const { replica, logHead } = await store.facts();
  const cut = await store.readCut();
  const highest = await store.readReplicas();
  const names = [...new Set([...Object.keys(cut), ...Object.keys(highest)])].sort();
  const lastDots = names.flatMap((name): readonly Dot[] =>
    (cut[name] ?? 0) === 0 ? [] : [dotOf(name as ReplicaId, cut[name] ?? 0)],
  );
  const last = new Map(
    (lastDots.length === 0 ? [] : await store.findEvents({ dots: lastDots })).map(({ sealed }) => [
      sealed.event.replicaId as string,
      sealed.event,
    ]),
  );
  const seen = new Map<string, number>();
  const { items } = await store.readEvents({ after: Math.max(0, logHead - recentMax), limit: recentMax });
  for (const { sealed } of items) {
    const { replicaId, parents, sees = [] } = sealed.event;
    if (replicaId === replica?.replicaId) continue;
    for (const dot of [...parents, ...sees]) {
      const parts = parseDot(dot);
      if (parts?.replicaId === replica?.replicaId)
        seen.set(replicaId, Math.max(seen.get(replicaId) ?? 0, parts?.seq ?? 0));
    }
  }
  return names.map((replicaId) => {
    const event = last.get(replicaId);
    const hasSeenOfUs = seen.get(replicaId);
    return {
      replicaId,
      isSelf: replicaId === replica?.replicaId,
      upTo: cut[replicaId] ?? 0,
      highest: Math.max(highest[replicaId] ?? 0, cut[replicaId] ?? 0),
      ...(event === undefined ? {} : { lastEventAt: event.timestamp, lastAgentId: event.agentId }),
      ...(hasSeenOfUs === undefined ? {} : { hasSeenOfUs }),
    };
  });
};
