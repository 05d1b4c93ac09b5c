/**
 * Answers of a hub, held against the protocol before anything is believed: what is missing, cut
 * off or of another kind is an error of the hub, and nothing is marked on its word. Events are
 * looked at by the caller, like any input (M7).
 */
import { isDot } from '../../../domain/causality/dot.js';
import type { Dot, EventId } from '../../../domain/events/event.js';
import { isJsonObject, type JsonObject } from '../../../domain/shared/json.js';
import type {
  PublishedRefusal,
  PullPage,
  RemoteHead,
  RemoteLimits,
  SkippedDots,
  Verdict,
} from '../../../application/ports/remote.js';
import { badAnswer, hubError } from './hub-error.js';

export const protocolVersion = 1;

export interface HelloAnswer {
  readonly hubId: string;
  readonly epoch: string;
  readonly nowMs: number;
  readonly policy: string | undefined;
  readonly knownSeq: number;
  readonly knownHash: string | undefined;
  readonly mark: 'known' | 'unknown' | 'none';
  readonly head: string | undefined;
  readonly limits: RemoteLimits;
}

export const readHello = (answer: unknown): HelloAnswer => {
  const hello = objectIn(answer, 'a greeting');
  const version = numberIn(hello['protocol'], 'the version of its protocol');
  if (version !== protocolVersion)
    throw hubError(
      'protocol_unsupported',
      `the hub speaks version ${version} of the protocol, this side ${protocolVersion}: update the older one`,
    );
  const known = headIn(hello['known']);
  const limits = objectIn(hello['limits'], 'limits');
  const { mark } = hello;
  if (mark !== 'known' && mark !== 'unknown' && mark !== 'none') throw badAnswer('it says nothing of the mark');
  return {
    hubId: textIn(hello['hubId'], 'its id'),
    epoch: textIn(hello['epoch'], 'its epoch'),
    nowMs: timeIn(hello['now']),
    policy: typeof hello['policy'] === 'string' ? hello['policy'] : undefined,
    knownSeq: known.seq,
    knownHash: known.hash,
    mark,
    head: typeof hello['head'] === 'string' ? hello['head'] : undefined,
    limits: {
      bodyBytesMax: positiveIn(limits['bodyBytesMax'], 'bodyBytesMax'),
      eventsMax: positiveIn(limits['eventsMax'], 'eventsMax'),
      eventBytesMax: positiveIn(limits['eventBytesMax'], 'eventBytesMax'),
      skewMsMax: naturalIn(limits['skewMsMax'], 'skewMsMax'),
    },
  };
};

export const readHeads = (answer: unknown, asked: readonly string[]): ReadonlyMap<string, RemoteHead> => {
  const heads = objectIn(objectIn(answer, 'heads')['heads'], 'heads');
  return new Map(asked.flatMap((id) => (Object.hasOwn(heads, id) ? [[id, headIn(heads[id])] as const] : [])));
};

export const readVerdicts = (
  answer: unknown,
  count: number,
): { readonly verdicts: readonly Verdict[]; readonly mark: string } => {
  const { verdicts, mark } = objectIn(answer, 'verdicts');
  if (!Array.isArray(verdicts) || verdicts.length !== count)
    throw badAnswer(`it gave no verdict on each of ${count} events`);
  return { verdicts: verdicts.map(verdictIn), mark: textIn(mark, 'its mark') };
};

export const readPage = (answer: unknown): PullPage => {
  const page = objectIn(answer, 'a page');
  const { entries } = page;
  if (!Array.isArray(entries) || typeof page['more'] !== 'boolean') throw badAnswer('it gave no page');
  const events: unknown[] = [];
  const receipts: (string | undefined)[] = [];
  const refusals: PublishedRefusal[] = [];
  for (const given of entries) {
    const entry = objectIn(given, 'an entry');
    if (entry['refused'] !== undefined) refusals.push(refusalIn(entry['refused']));
    else {
      events.push(objectIn(entry['event'], 'an event'));
      receipts.push(receiptIn(entry['receipt']).receipt);
    }
  }
  return {
    events,
    receipts,
    refusals,
    skipped: skippedIn(page['skipped']),
    cursor: textIn(page['cursor'], 'its cursor'),
    mark: textIn(page['mark'], 'its mark'),
    more: page['more'],
  };
};

const verdictIn = (given: unknown): Verdict => {
  const verdict = objectIn(given, 'a verdict');
  const receipt = receiptIn(verdict['receipt']);
  switch (verdict['type']) {
    case 'accepted':
    case 'duplicate':
      return { type: verdict['type'], ...receipt };
    case 'parked':
      return { type: 'parked', ...receipt, missing: missingIn(verdict['missing']), ...wantedIn(verdict['wanted']) };
    case 'refused':
      return {
        type: 'refused',
        code: textIn(verdict['code'], 'why'),
        message: textIn(verdict['message'], 'why'),
        published: verdict['published'] === true,
      };
    default:
      throw badAnswer('a verdict of no known kind');
  }
};

const missingIn = (given: unknown): readonly Dot[] =>
  Array.isArray(given) ? given.filter((dot): dot is Dot => typeof dot === 'string' && isDot(dot)) : [];

const wantedIn = (given: unknown): { readonly wanted?: NonNullable<Verdict['wanted']> } => {
  if (given === undefined || given === null) return {};
  const wanted = objectIn(given, 'what it wants');
  return {
    wanted: { replicaId: textIn(wanted['replicaId'], 'whose'), fromSeq: positiveIn(wanted['fromSeq'], 'which') },
  };
};

const refusalIn = (given: unknown): PublishedRefusal => {
  const refusal = objectIn(given, 'a refusal');
  const dot = textIn(refusal['dot'], 'a dot');
  if (!isDot(dot)) throw badAnswer('a refusal of no dot');
  return {
    dot,
    hash: textIn(refusal['hash'], 'a hash'),
    eventId: textIn(refusal['eventId'], 'an event id') as EventId,
    code: textIn(refusal['code'], 'why'),
    message: textIn(refusal['message'], 'why'),
    ...receiptIn(refusal['receipt']),
  };
};

/** One that is longer than a hub takes back is of no use. */
const receiptIn = (given: unknown): { readonly receipt?: string } =>
  typeof given === 'string' && given.length <= textCharsMax ? { receipt: given } : {};

const skippedIn = (given: unknown): SkippedDots => {
  if (given === undefined) return {};
  return Object.fromEntries(
    Object.entries(objectIn(given, 'what it left out')).map(([replicaId, ranges]) => {
      if (!Array.isArray(ranges)) throw badAnswer('ranges that are none');
      return [
        replicaId,
        ranges.map((range: unknown) => {
          const [from, to]: readonly unknown[] = Array.isArray(range) ? range : [];
          const [first, last] = [positiveIn(from, 'a range'), positiveIn(to, 'a range')];
          if (first > last) throw badAnswer('a range that ends before it begins');
          return [first, last] as const;
        }),
      ];
    }),
  );
};

const headIn = (given: unknown): RemoteHead => {
  const head = objectIn(given, 'a head');
  return {
    seq: naturalIn(head['seq'], 'a number'),
    hash: typeof head['hash'] === 'string' ? head['hash'] : undefined,
    ...(typeof head['at'] === 'string' ? { hashAt: head['at'] } : {}),
  };
};

const objectIn = (value: unknown, what: string): JsonObject => {
  if (!isJsonObject(value)) throw badAnswer(`${what} is missing`);
  return value;
};

/** Opaque texts come back to the hub in a header or a body: longer ones are no texts of a hub. */
const textCharsMax = 10_000;

const textIn = (value: unknown, what: string): string => {
  if (typeof value !== 'string' || value.length > textCharsMax) throw badAnswer(`${what} is missing`);
  return value;
};

const numberIn = (value: unknown, what: string): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badAnswer(`${what} is missing`);
  return value;
};

/** A clock that is set by a time that no event can bear would spoil whatever is recorded next. */
const timeMsMax = Date.UTC(9999, 0);

const timeIn = (value: unknown): number => {
  const ms = numberIn(value, 'its time');
  if (ms < 0 || ms > timeMsMax) throw badAnswer('its clock shows no time of this age');
  return ms;
};

const naturalIn = (value: unknown, what: string): number => {
  const number = numberIn(value, what);
  if (!Number.isSafeInteger(number) || number < 0) throw badAnswer(`${what} is no number from 0 up`);
  return number;
};

const positiveIn = (value: unknown, what: string): number => {
  const number = naturalIn(value, what);
  if (number === 0) throw badAnswer(`${what} is no number from 1 up`);
  return number;
};
