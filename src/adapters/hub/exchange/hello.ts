/**
 * The handshake, and the question for heads. Nothing is written: a replica learns whom it talks
 * to, what is known of it, whether what it was told before still stands, and what time it is.
 */
import type { HubHead } from '../../../application/ports/hub-log.js';
import { eventLimits } from '../../../domain/events/limits.js';
import type { HubCore } from '../core.js';
import {
  protocolVersion,
  type HeadsAnswer,
  type HeadsRequest,
  type HelloAnswer,
  type HelloRequest,
} from '../http/schemas.js';
import { knowsMark, markText } from './places.js';
import { may, speaksFor, type Principal } from '../tokens/principal.js';

export const hello = async (core: HubCore, { replicaId, mark, policy }: HelloRequest): Promise<HelloAnswer> => {
  const { log, limits, clock, policyFingerprint, logger } = core;
  const facts = await log.facts();
  const known = (await log.heads([replicaId])).get(replicaId);
  if (policyFingerprint !== undefined && policy !== undefined && policy !== policyFingerprint)
    logger.info('a replica merges by another policy', { replicaId, policy, expected: policyFingerprint });
  return {
    protocol: protocolVersion,
    hubId: facts.hubId,
    epoch: facts.epoch,
    now: clock.nowMs(),
    policy: policyFingerprint ?? null,
    known: headAnswer(known),
    mark: mark === undefined ? 'none' : (await knowsMark(log, facts, mark)) ? 'known' : 'unknown',
    head: markText(facts, facts.head),
    limits: {
      bodyBytesMax: limits.bodyBytesMax,
      eventsMax: limits.eventsMax,
      eventBytesMax: eventLimits.eventBytesMax,
      skewMsMax: limits.skewMsMax,
    },
  };
};

/**
 * A hash confirms a guess at what an event says, so it is given to those who may read everything,
 * and of a replica's own.
 */
export const heads = async (
  { log }: HubCore,
  principal: Principal,
  { replicaIds, at = [] }: HeadsRequest,
): Promise<HeadsAnswer> => {
  const found = await log.heads(replicaIds, at);
  const readsAll =
    Object.keys(principal.rights).every((type) => may(principal, 'read', type)) && may(principal, 'read', '*');
  return {
    heads: Object.fromEntries(
      replicaIds.map((replicaId, index) => {
        const { seq, hash } = headAnswer(found.get(replicaId));
        const isTold = readsAll || speaksFor(principal, replicaId);
        const wanted = at[index] ?? 0;
        const there = wanted === 0 ? {} : { at: isTold ? (found.get(replicaId)?.hashAt ?? null) : null };
        return [replicaId, { seq, hash: isTold ? hash : null, ...there }];
      }),
    ),
  };
};

const headAnswer = (head: HubHead | undefined): HelloAnswer['known'] => ({
  seq: head?.seq ?? 0,
  hash: head?.hash ?? null,
});
