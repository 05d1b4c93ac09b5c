/**
 * Taking events: each is checked, then it is decided whether its sender may hand it in, and what
 * remains is the log's to judge. One event that is refused delays no other.
 *
 * Only what an entitled sender hands in may come to stand in the log as refused: otherwise a
 * stranger could fill the numbers of somebody else's replica with refusals (R9).
 */
import type { HubSubmission, HubVerdict } from '../../application/ports/hub-log.js';
import { timestampToMs, msToTimestamp } from '../../domain/clock/timestamp.js';
import { parseDot } from '../../domain/causality/dot.js';
import type { AgentId, ContentHash, EventId, ReknitEvent, SealedEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { HubCore } from './core.js';
import type { PushAnswer, PushRequest, PushVerdict } from './http/schemas.js';
import { markText } from './places.js';
import { may, mayForAnyType, refusalOf, speaksFor, type Principal, type Right } from './principal.js';

export const push = async (core: HubCore, principal: Principal, request: PushRequest): Promise<PushAnswer> => {
  const { log, clock, metrics, sha256 } = core;
  const nowMs = clock.nowMs();
  const verdicts: (PushVerdict | undefined)[] = [];
  const submitted: number[] = [];
  const batch: HubSubmission[] = [];
  for (const { event, receipt, refused: givenBack } of request.events) {
    if (givenBack !== undefined) {
      const submission = refusalGivenBack(core, principal, givenBack);
      if (submission !== undefined) {
        submitted.push(verdicts.length);
        batch.push(submission);
      }
      verdicts.push(submission === undefined ? refused('forbidden', 'this is no receipt of this hub') : undefined);
      continue;
    }
    const parsed = parseEvent(event, sha256);
    const answer = parsed.ok
      ? judgeSender(core, principal, parsed.value, receipt)
      : refused(parsed.error.code, parsed.error.message);
    if (parsed.ok && answer.type !== 'refused') {
      submitted.push(verdicts.length);
      batch.push({
        sealed: parsed.value,
        ...(answer.refusal === undefined ? {} : { refusal: answer.refusal }),
        // What the hub held once is not judged by what it has lost since: its author's refused events may be back first.
        ...(request.retry === true || answer.wasHeld === true ? { isRetry: true } : {}),
      });
    }
    verdicts.push(answer.type === 'refused' ? answer : undefined);
  }

  const judged = batch.length === 0 ? [] : await log.append(batch, msToTimestamp(nowMs));
  invariant(judged.length === batch.length, `${batch.length} events were judged ${judged.length} times`);
  for (const [index, verdict] of judged.entries()) {
    const { sealed } = batch[index] as HubSubmission;
    verdicts[submitted[index] as number] = verdictAnswer(core, sealed, verdict, nowMs);
  }
  for (const verdict of verdicts) if (verdict !== undefined) metrics.verdict(verdict.type);
  const facts = await log.facts();
  return { verdicts: verdicts as PushVerdict[], mark: markText(facts, facts.head) };
};

/** Rights to put anything at all into the log. */
const writing: readonly Right[] = ['write', 'delete', 'resolve', 'relay'];

type Refused = Extract<PushVerdict, { readonly type: 'refused' }>;

type SenderJudgement =
  | Refused
  | { readonly type: 'submit'; readonly refusal: HubSubmission['refusal']; readonly wasHeld?: true };

const judgeSender = (
  { receipts }: HubCore,
  principal: Principal,
  sealed: SealedEvent,
  receipt: string | undefined,
): SenderJudgement => {
  const { event } = sealed;
  if (receipt !== undefined && mayForAnyType(principal, writing) && receipts.isGenuine(sealed, receipt))
    return { type: 'submit', refusal: undefined, wasHeld: true };
  const mayRelay = may(principal, 'relay', event.resourceType);
  if (!speaksFor(principal, event.replicaId))
    return mayRelay
      ? { type: 'submit', refusal: undefined }
      : refused('forbidden', 'only its author, or who has the right to relay, may send this event');
  const message = refusalOf(principal, event);
  // Who speaks for all replicas is the author of none in particular, and relays where it may.
  if (message === undefined || (mayRelay && principal.replicas === 'any'))
    return { type: 'submit', refusal: undefined };
  // A token for every replica that may write nothing is nobody's own: what it sends says nothing about their numbers.
  if (principal.replicas === 'any' && !mayForAnyType(principal, writing)) return refused('forbidden', message);
  return { type: 'submit', refusal: { code: 'forbidden', message } };
};

/**
 * A refusal that this hub published, and has lost: whoever shows its receipt may give it back. The
 * log is not told what was refused, since nobody needs to have that; only whose number it fills.
 */
const refusalGivenBack = ({ receipts }: HubCore, principal: Principal, receipt: string): HubSubmission | undefined => {
  const refusal = mayForAnyType(principal, writing) ? receipts.readRefusal(receipt) : undefined;
  const parts = refusal === undefined ? undefined : parseDot(refusal.dot);
  if (refusal === undefined || parts === undefined) return undefined;
  const { dot, hash, eventId, resourceType, resourceId, code, message } = refusal;
  const event: ReknitEvent = {
    eventId: eventId as EventId,
    replicaId: parts.replicaId,
    seq: parts.seq,
    agentId: 'unknown' as AgentId,
    resourceType,
    resourceId,
    operation: 'update',
    timestamp: msToTimestamp(0),
    counter: 0,
    parents: [],
    payload: {},
    schemaVersion: 1,
  };
  return { sealed: { event, dot, hash: hash as ContentHash }, refusal: { code, message } };
};

const refused = (code: string, message: string): Refused => ({ type: 'refused', code, message, published: false });

const verdictAnswer = (
  { receipts, limits }: HubCore,
  sealed: SealedEvent,
  verdict: HubVerdict,
  nowMs: number,
): PushVerdict => {
  const aheadMs = (timestampToMs(sealed.event.timestamp) ?? nowMs) - nowMs;
  const ahead = aheadMs > limits.skewMsMax ? { aheadMs } : {};
  switch (verdict.type) {
    case 'accepted':
    case 'duplicate':
      return { type: verdict.type, receipt: receipts.give(sealed), ...ahead };
    case 'parked':
      return {
        type: 'parked',
        missing: [...verdict.missing],
        ...(verdict.wanted === undefined ? {} : { wanted: verdict.wanted }),
        ...ahead,
      };
    case 'refused':
      return {
        type: 'refused',
        code: verdict.code,
        message: verdict.message,
        published: verdict.position !== undefined,
      };
  }
};
