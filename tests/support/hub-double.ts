/**
 * A hub in the same process: the rules of the protocol over a real hub log, without the wire.
 * What an operator can do to a hub can be done to it: deleting it, and bringing back an old copy.
 */
import { createHmac } from 'node:crypto';
import { createMemoryHubLog } from '../../src/adapters/hub/log/index.js';
import type { HubLog } from '../../src/application/ports/hub-log.js';
import type { PublishedRefusal, PullPage, PullRequest, Remote, Verdict } from '../../src/application/ports/remote.js';
import type { EventId, SealedEvent } from '../../src/domain/events/event.js';
import { ReknitError } from '../../src/domain/shared/errors.js';

export interface HubDouble {
  /** Of one caller, who may write for these replicas and for no others; what has a receipt is taken from anyone. */
  readonly remote: (writesFor?: readonly string[]) => Remote;
  /** Refuses events from now on, in public. */
  readonly refuse: (rule: (sealed: SealedEvent) => boolean) => void;
  /** Everything is gone but the key of its receipts. */
  readonly wipe: () => Promise<void>;
  /** What it has now, to be brought back later. */
  readonly copy: () => Promise<() => Promise<void>>;
  readonly log: () => HubLog;
  /** Its wall clock. */
  readonly at: (ms: number) => void;
  readonly pushed: () => number;
}

const protocolTime = '2026-02-02T10:00:00.000Z';

export const createHubDouble = (startMs: number): HubDouble => {
  let log = createMemoryHubLog();
  let life = 1;
  let nowMs = startMs;
  let count = 0;
  let rule: (sealed: SealedEvent) => boolean = () => false;
  const idOf = (): string => `hub-${life}`;
  const receiptOf = ({ dot, hash }: SealedEvent): string =>
    createHmac('sha256', 'the key of this hub').update(`${dot} ${hash}`).digest().subarray(0, 16).toString('base64url');
  const markOf = async (position: number): Promise<string> =>
    JSON.stringify([idOf(), position, (await log.markAt(position))?.hash]);
  const headMark = async (): Promise<string> => markOf((await log.facts()).head.position);
  const positionIn = async (mark: string): Promise<number | undefined> => {
    const [, position] = JSON.parse(mark) as [string, number];
    return (await markOf(position)) === mark ? position : undefined;
  };

  const remote = (writesFor?: readonly string[]): Remote => ({
    capabilities: { canPull: true, canPush: true, pushMax: 50 },
    hello: async ({ replicaId, mark, nowMs: theirs }) => {
      const head = (await log.heads([replicaId])).get(replicaId);
      return {
        remoteId: idOf(),
        policyFingerprint: undefined,
        knownSeq: head?.seq ?? 0,
        ...(head?.hash === undefined ? {} : { knownHash: head.hash }),
        clockOffsetMs: theirs === undefined ? undefined : nowMs - theirs,
        epoch: 'one',
        mark: mark === undefined ? 'none' : (await positionIn(mark)) === undefined ? 'unknown' : 'known',
      };
    },
    heads: (replicaIds) => log.heads(replicaIds),
    pull: async ({ cursor, cut, limit, scope }: PullRequest): Promise<PullPage> => {
      const part = JSON.stringify(scope ?? 'everything');
      const [cursorPart, cursorMark] = cursor === undefined ? [part] : (JSON.parse(cursor) as [string, string]);
      const after = cursorMark === undefined ? 0 : cursorPart === part ? await positionIn(cursorMark) : undefined;
      if (after === undefined) throw new ReknitError('cursor_unknown', 'read from the beginning');
      const { entries, more } = await log.read({ after, limit: Math.min(limit, 20), bytesMax: 1_000_000 });
      const isAsked = (type: string, id: string): boolean =>
        scope === undefined ||
        scope.resourceTypes?.includes(type) === true ||
        scope.resources?.some((ref) => ref.resourceType === type && ref.resourceId === id) === true;
      const events: SealedEvent[] = [];
      const refusals: PublishedRefusal[] = [];
      const skipped: Record<string, [number, number][]> = {};
      for (const entry of entries)
        if (entry.type === 'refusal') refusals.push({ ...entry.refusal, eventId: entry.refusal.eventId as EventId });
        else if (!isAsked(entry.sealed.event.resourceType, entry.sealed.event.resourceId)) {
          const { replicaId, seq } = entry.sealed.event;
          (skipped[replicaId] ??= []).push([seq, seq]);
        } else if (cursor !== undefined || entry.sealed.event.seq > (cut[entry.sealed.event.replicaId] ?? 0))
          events.push(entry.sealed);
      const mark = await markOf(entries.at(-1)?.position ?? after);
      return {
        events: events.map(({ event }) => event),
        receipts: events.map(receiptOf),
        refusals,
        skipped,
        cursor: JSON.stringify([part, mark]),
        mark,
        more,
      };
    },
    push: async (events, _signal, options = {}): Promise<readonly Verdict[]> => {
      const verdicts: Verdict[] = [];
      count += events.length;
      for (const [index, sealed] of events.entries()) {
        const mayWrite = writesFor === undefined || writesFor.includes(sealed.event.replicaId);
        if (!mayWrite && options.receipts?.[index] !== receiptOf(sealed)) {
          verdicts.push({ type: 'refused', code: 'forbidden', message: 'not yours, and no receipt', published: false });
          continue;
        }
        const [verdict] = await log.append(
          [
            {
              sealed,
              ...(options.isRetry === true ? { isRetry: true } : {}),
              ...(rule(sealed) ? { refusal: { code: 'not_allowed', message: 'against the rule' } } : {}),
            },
          ],
          protocolTime,
        );
        if (verdict === undefined) throw new Error('the log gave no verdict');
        if (verdict.type === 'refused') verdicts.push({ ...verdict, published: verdict.position !== undefined });
        else if (verdict.type === 'parked') verdicts.push(verdict);
        else verdicts.push({ type: verdict.type, receipt: receiptOf(sealed) });
      }
      options.onMark?.(await headMark());
      return verdicts;
    },
    close: async () => undefined,
  });

  return {
    remote,
    refuse: (next) => {
      rule = next;
    },
    wipe: async () => {
      log = createMemoryHubLog();
      life += 1;
    },
    copy: async () => {
      const { entries } = await log.read({ after: 0, limit: 1_000_000, bytesMax: Number.MAX_SAFE_INTEGER });
      return async () => {
        log = createMemoryHubLog();
        for (const entry of entries)
          if (entry.type === 'event') await log.append([{ sealed: entry.sealed }], protocolTime);
      };
    },
    log: () => log,
    at: (ms) => {
      nowMs = startMs + ms;
    },
    pushed: () => count,
  };
};

/** One round with a hub. */
export const syncWith = async (
  replica: {
    readonly connect: (remote: Remote, options?: object) => { now: () => Promise<unknown>; close: () => Promise<void> };
  },
  remote: Remote,
  options: object = {},
): Promise<void> => {
  const connection = replica.connect(remote, options);
  try {
    await connection.now();
  } finally {
    await connection.close();
  }
};
