/**
 * A log of any length, made as it is read: each resource is created and then updated, one field at a time, in a chain.
 * Resources take turns in blocks, as work does: some are busy for a while, and then others are. Everything follows
 * from a number, so a bench can name the dot of any event without keeping one of them.
 */
import { featureId, oneField, resourceType, wholeFeature, type FeatureFields } from './feature.js';
import { randomFrom } from './random.js';

export interface HistoryShape {
  readonly events: number;
  readonly resources: number;
}

/** Resources that are busy at the same time. */
const blockSize = 1_000;
const author = 'author';
const startedMs = Date.UTC(2024, 0, 1);

export function* generatedHistory(shape: HistoryShape): Generator<object, void, undefined> {
  const random = randomFrom(1);
  const { block, rounds } = layoutOf(shape);
  for (let from = 0; from < shape.resources; from += block)
    for (let round = 0; round < rounds; round += 1)
      for (let resource = from; resource < from + block; resource += 1)
        yield eventOf({
          replicaId: author,
          seq: seqOf(shape, resource, round),
          resource,
          parents: round === 0 ? [] : [`${author}:${seqOf(shape, resource, round - 1)}`],
          payload: round === 0 ? wholeFeature(random) : oneField(random),
        });
}

/**
 * What another replica has recorded meanwhile: one update of each of `count` resources that are spread over the log,
 * concurrent with the last few events of its resource. The batches are to be merged in turn; each follows on the one before.
 */
export const concurrentBatch = (shape: HistoryShape, count: number, batch: number): readonly object[] => {
  const random = randomFrom(2 + batch);
  const { rounds } = layoutOf(shape);
  return Array.from({ length: count }, (_, index) => {
    const resource = Math.floor((index * shape.resources) / count);
    const seenRound = Math.max(0, rounds - 1 - eventsUnseen);
    const seq = batch * count + index + 1;
    const parent = batch === 0 ? `${author}:${seqOf(shape, resource, seenRound)}` : `${guest}:${seq - count}`;
    return eventOf({ replicaId: guest, seq, resource, parents: [parent], payload: oneField(random) });
  });
};

/** What the same author records next, batch after batch: one update of each of `count` resources that are spread over the log. */
export const followingEvents = (shape: HistoryShape, count: number, batch: number): readonly object[] => {
  const random = randomFrom(1_000 + batch);
  const { rounds } = layoutOf(shape);
  return Array.from({ length: count }, (_, index) => {
    const resource = Math.floor((index * shape.resources) / count);
    const seq = shape.events + batch * count + index + 1;
    const parent = batch === 0 ? seqOf(shape, resource, rounds - 1) : seq - count;
    return eventOf({ replicaId: author, seq, resource, parents: [`${author}:${parent}`], payload: oneField(random) });
  });
};

const guest = 'guest';
const eventsUnseen = 3;

const layoutOf = ({ events, resources }: HistoryShape): { readonly block: number; readonly rounds: number } => {
  const block = Math.min(blockSize, resources);
  if (resources % block !== 0 || events % resources !== 0)
    throw new Error(`${events} events do not divide evenly among ${resources} resources in blocks of ${block}`);
  return { block, rounds: events / resources };
};

/** From 1 without gaps, in the order in which the events are made. */
const seqOf = (shape: HistoryShape, resource: number, round: number): number => {
  const { block, rounds } = layoutOf(shape);
  return Math.floor(resource / block) * block * rounds + round * block + (resource % block) + 1;
};

interface EventFacts {
  readonly replicaId: string;
  readonly seq: number;
  readonly resource: number;
  readonly parents: readonly string[];
  readonly payload: FeatureFields;
}

const eventOf = ({ replicaId, seq, resource, parents, payload }: EventFacts): object => ({
  eventId: `${replicaId}-${seq}`,
  replicaId,
  seq,
  agentId: `${replicaId}-agent`,
  resourceType,
  resourceId: featureId(resource),
  operation: parents.length === 0 ? 'create' : 'update',
  timestamp: new Date(startedMs + seq * 10).toISOString(),
  counter: 0,
  parents,
  payload,
  schemaVersion: 1,
});
