/**
 * Somebody who is no replica, and hands in what no replica would write: two contents under one dot, events from the
 * far future, gaps, parents that nobody knows, ids of others' events, and what is no event at all. What is good
 * beside it has to be taken, and replicas that hold the same of it have to agree about it.
 */
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { ReknitEvent, ReplicaId } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { outcomeOf } from './deeds.js';
import type { Place, Process } from './place.js';
import type { Step } from './plan.js';
import { createRandom, type Random } from './random.js';
import type { World } from './world.js';

const forger = 'mallory';

const kinds = [
  'plain',
  'plain',
  'equivocation',
  'future',
  'unknown parent',
  'gap',
  'borrowed id',
  'rubbish',
  'itself',
] as const;

export const forge = async (
  world: World,
  place: Place,
  process: Process,
  step: Extract<Step, { readonly do: 'forge' }>,
): Promise<string> => {
  const random = createRandom(step.value);
  const kind = kinds[step.kind % kinds.length] ?? 'plain';
  world.budget.hasForgeries = true;
  const forged = kind === 'rubbish' ? rubbish : [forgedEvent(world, place, kind, random)];
  for (const event of forged) {
    const parsed = parseEvent(event, world.sha256);
    if (!parsed.ok) continue;
    world.forged.push(parsed.value.event);
    // Whoever builds on an event has seen it: its author takes it for one that has left, though it has not (R8).
    for (const parent of parsed.value.event.parents) world.unguardedIds.add(parseDot(parent)?.replicaId ?? '');
  }
  const outcome = await outcomeOf(world, process, 'import', () => process.replica.import(forged));
  return `${kind}: ${outcome}`;
};

const yearMs = 365 * 24 * 3_600_000;

const forgedEvent = (
  { forged, types, time, plan, newId }: World,
  { disk }: Place,
  kind: (typeof kinds)[number],
  random: Random,
): JsonObject => {
  const before = forged.at(-1);
  const seq = (before?.seq ?? 0) + (kind === 'gap' ? 3 : 1);
  const [resourceType, resourceId] = [random.pick(types), String(random.below(plan.shape.resources))];
  const onIt = [...disk.holdings.applied.values()].filter(
    ({ event }) => event.resourceType === resourceType && event.resourceId === resourceId,
  );
  const own = onIt.filter(({ event }) => event.replicaId === forger).at(-1);
  const other = onIt.length === 0 ? undefined : random.pick(onIt);
  const parents = [...new Set([own?.dot, other?.dot].filter((dot) => dot !== undefined))].sort();
  const nowMs = time.nowMs();
  const event: JsonObject = {
    eventId: `forged ${newId()}`,
    replicaId: forger,
    seq,
    agentId: forger,
    resourceType,
    resourceId,
    operation: random.pick(['create', 'update', 'update', 'delete', 'resolve']),
    timestamp: msToTimestamp(nowMs),
    counter: random.below(3),
    parents,
    payload: { status: random.pick(['todo', 'stolen']) },
    schemaVersion: 1,
  };
  switch (kind) {
    case 'equivocation':
      return before === undefined ? event : { ...(before as JsonObject), payload: { status: `other ${newId()}` } };
    case 'future':
      return { ...event, timestamp: msToTimestamp(nowMs + random.pick([400_000, yearMs])) };
    case 'unknown parent':
      return { ...event, parents: [dotOf('nobody' as ReplicaId, 7)] };
    case 'borrowed id':
      return other === undefined ? event : { ...event, eventId: other.event.eventId };
    case 'itself':
      return { ...event, parents: [dotOf(forger as ReplicaId, seq)] };
    default:
      return event;
  }
};

const rubbish: readonly JsonObject[] = [
  {},
  { eventId: 'x', replicaId: forger, seq: -1 },
  JSON.parse('{"__proto__":{"seq":1},"eventId":"p","replicaId":"mallory","seq":1}') as JsonObject,
  { eventId: 'y', replicaId: `${forger}\u0000`, seq: 1e21, parents: 'all' },
  { eventId: 'z', replicaId: forger, seq: 1, timestamp: '+275760-09-13T00:00:00.000Z', payload: [[]] },
];

/** Whether somebody who is no replica wrote it. */
export const isForged = ({ replicaId }: Pick<ReknitEvent, 'replicaId'>): boolean => replicaId === forger;
