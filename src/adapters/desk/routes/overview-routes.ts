/** How it goes, and deciding about what a hub refused. */
import type { ParkedEvent as StoredParked, RejectedOwnEvent } from '../../../application/index.js';
import type { ReknitEvent } from '../../../domain/index.js';
import { asideOf, requireOperate, type DeskCore } from '../core.js';
import type { Overview, ParkedEvent, QueueAnswer, RejectedEvent } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';
import { conflictsOverTime } from '../inbox/over-time.js';
import { maySee } from '../inbox/search.js';
import { shownConnection } from '../shown/connection.js';

/** Of the queue, what is shown; the counts say how many there are. */
const shownMax = 100;

export const addOverviewRoutes = (app: DeskApp, core: DeskCore): void => {
  const { replica, index, search, connections } = core;
  app.openapi(routes.overview, async (context) => {
    await index.ready();
    const { person } = context.get('session');
    const visible = index.entries().filter((entry) => maySee(person, entry));
    return told<Overview>(context, {
      replicaId: replica.replicaId,
      agentId: person.agentId,
      counts: search.counts(person, await asideOf(core)),
      conflictsOverTime: conflictsOverTime(visible, core.clock.nowMs()),
      ...(person.mayOperate && person.readsAll ? { operations: await operations(core) } : {}),
    });
  });
  app.openapi(routes.queue, async (context) => {
    const { person } = context.get('session');
    requireOperate(person);
    const { eventId } = context.req.valid('json');
    const { action } = context.req.valid('param');
    // A connection sends what is to be sent again at once; without one it goes with the next sync.
    const { services } = replica.as(person.agentId);
    const [first] = connections;
    if (action === 'reissue') await services.refusals.reissue(eventId);
    else await (first?.connection.rejected ?? services.refusals)[action](eventId);
    return told<QueueAnswer>(context, { rejected: (await services.refusals.listRejected()).map(shownRejected) });
  });
};

const operations = async ({ replica, connections, clock }: DeskCore): Promise<NonNullable<Overview['operations']>> => {
  const status = await replica.status();
  const { log, refusals } = replica.services;
  return {
    events: status.events,
    resources: status.resources,
    connections: connections.map(({ name, connection }) => shownConnection(name, connection.status)),
    queue: {
      localOnly: status.localOnly,
      rejected: status.rejected,
      parked: status.parked,
      refusedForeign: status.refusedForeign,
      voids: status.voids,
    },
    unsynced: (await log.getUnsyncedEvents({ limit: shownMax })).map(eventLine),
    rejected: (await refusals.listRejected()).slice(0, shownMax).map(shownRejected),
    parked: (await replica.parked({ limit: shownMax })).flatMap((parked) => shownParked(parked, clock.nowMs())),
    clockSkewMs: status.clockSkewMs,
    replicas: (await replica.review.replicas()).map((one) => ({ ...one })),
    audit: { count: status.auditHead.count, hash: status.auditHead.hash },
  };
};

const eventLine = ({
  eventId,
  replicaId,
  seq,
  resourceType,
  resourceId,
  operation,
  agentId,
  timestamp,
}: ReknitEvent) => ({
  eventId,
  dot: `${replicaId}:${seq}`,
  resourceType,
  resourceId,
  operation,
  agentId,
  timestamp,
});

const shownRejected = ({ event, code, message, by, at, isRetrying }: RejectedOwnEvent): RejectedEvent => ({
  ...eventLine(event),
  code,
  message,
  by,
  at,
  isRetrying,
});

const shownParked = ({ sealed, reason, missing }: StoredParked, nowMs: number): readonly ParkedEvent[] => {
  // What was refused is in the queue.
  if (reason === 'refused') return [];
  const aheadMs = Date.parse(sealed.event.timestamp) - nowMs;
  return [
    {
      ...eventLine(sealed.event),
      reason,
      missing: [...missing],
      ...(reason === 'future' && aheadMs > 0 ? { aheadMs } : {}),
    },
  ];
};
