/**
 * Taking events: each is checked, then it is decided whether its sender may hand it in, and what
 * remains is the log's to judge. One event that is refused delays no other.
 *
 * Only what an entitled sender hands in may come to stand in the log as refused: otherwise a
 * stranger could fill the numbers of somebody else's replica with refusals (R9).
 */
import type { HubSubmission, HubVerdict } from '../../../application/ports/hub-log.js';
import { timestampToMs, msToTimestamp } from '../../../domain/clock/timestamp.js';
import { parseDot } from '../../../domain/causality/dot.js';
import type { AgentId, ContentHash, EventId, ReknitEvent, SealedEvent } from '../../../domain/events/event.js';
import { parseEvent } from '../../../domain/events/parse.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { HubCore } from '../core.js';
import type { PushAnswer, PushRequest, PushVerdict } from '../http/schemas.js';
import { markText } from './places.js';
import { may, mayForAnyType, refusalOf, speaksFor, type Principal, type Right } from '../tokens/principal.js';

export const push = async (core: HubCore, principal: Principal, request: PushRequest): Promise<PushAnswer> => {
  const { log, clock, metrics } = core;
  const nowMs = clock.nowMs();
  const parse = eventParser(core);
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
    const { parsed, canonical } = parse(event);
    const answer = parsed.ok
      ? judgeSender(core, principal, parsed.value, receipt)
      : refused(parsed.error.code, parsed.error.message);
    if (parsed.ok && answer.type !== 'refused') {
      submitted.push(verdicts.length);
      const sealed = parsed.value;
      // What the hub held once is not judged by what it has lost since: its author's refused events may be back first.
      const isRetry = request.retry === true || answer.wasHeld === true;
      batch.push(
        answer === passed && !isRetry
          ? { sealed, canonical }
          : {
              ...submissionOf(sealed, canonical, answer, isRetry),
              ...(answer.wasHeld === true ? { wasHeld: true } : {}),
            },
      );
    }
    verdicts.push(answer.type === 'refused' ? answer : undefined);
  }

  const judged = batch.length === 0 ? [] : await log.append(batch, msToTimestamp(nowMs));
  invariant(judged.length === batch.length, `${batch.length} events were judged ${judged.length} times`);
  for (const [index, verdict] of judged.entries()) {
    const { sealed } = batch[index] as HubSubmission;
    verdicts[submitted[index] as number] = verdictAnswer(core, sealed, verdict, nowMs);
  }
  metrics.verdicts(verdicts as PushVerdict[]);
  const facts = await log.facts();
  return { verdicts: verdicts as PushVerdict[], mark: markText(facts, facts.head) };
};

/** What is hashed is the canonical form: it is kept, so that nobody has to write it again. */
const eventParser = ({
  sha256,
}: HubCore): ((event: unknown) => { readonly parsed: ReturnType<typeof parseEvent>; readonly canonical: string }) => {
  let canonical = '';
  const hash: HubCore['sha256'] = (text) => {
    canonical = text;
    return sha256(text);
  };
  return (event) => {
    const parsed = parseEvent(event, hash);
    return { parsed, canonical };
  };
};

const submissionOf = (
  sealed: SealedEvent,
  canonical: string,
  { refusal }: Extract<SenderJudgement, { readonly type: 'submit' }>,
  isRetry: boolean,
): HubSubmission => ({
  sealed,
  canonical,
  ...(refusal === undefined ? {} : { refusal }),
  ...(isRetry ? { isRetry } : {}),
});

/** Rights to put anything at all into the log. */
const writing: readonly Right[] = ['write', 'delete', 'resolve', 'relay'];

type Refused = Extract<PushVerdict, { readonly type: 'refused' }>;

type SenderJudgement =
  | Refused
  | { readonly type: 'submit'; readonly refusal: HubSubmission['refusal']; readonly wasHeld?: true };

const passed: SenderJudgement = { type: 'submit', refusal: undefined };

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
      ? passed
      : refused('forbidden', 'only its author, or who has the right to relay, may send this event');
  const message = refusalOf(principal, event);
  // Who speaks for all replicas is the author of none in particular, and relays where it may.
  if (message === undefined || (mayRelay && principal.replicas === 'any')) return passed;
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
  return { sealed: { event, dot, hash: hash as ContentHash }, refusal: { code, message }, wasHeld: true };
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
    case 'duplicate': {
      const receipt = receipts.give(sealed);
      return aheadMs > limits.skewMsMax ? { type: verdict.type, receipt, aheadMs } : { type: verdict.type, receipt };
    }
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
