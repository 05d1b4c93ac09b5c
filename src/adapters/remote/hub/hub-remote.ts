/**
 * A hub as a remote. It needs nothing but what browsers and Node share: `fetch`, `WebSocket`, text
 * encoding and, where there is one, `CompressionStream`; both of the first can be handed in.
 *
 * The token travels in the header, or in the first message of a subscription, never in an
 * address, where logs would keep it; and over plain HTTP to this machine alone.
 */
import { isReknitError } from '../../../domain/shared/errors.js';
import type {
  LiveRequest,
  PullRequest,
  PushOptions,
  Remote,
  RemoteLimits,
  SyncScope,
  Verdict,
} from '../../../application/ports/remote.js';
import { protocolVersion, readHeads, readHello, readPage, readVerdicts } from './answers.js';
import { createHubCall, tokenOf } from './hub-calls.js';
import { hubError } from './hub-error.js';
import { checkedUrl, checkOptions, type HubRemoteOptions } from './hub-remote-options.js';
import { subscribe, type HubSocketClass } from './live-subscription.js';
import { batchesOf, eventParts, refusalParts } from './push-batches.js';

const nobody = 'unknown';
/** At once: what was sent is marked as soon as the answer is there, and more would keep the hub waiting while it is read. */
const pushMax = 5_000;
/** Until the hub has said what it takes. */
const limitsAtFirst: Pick<RemoteLimits, 'bodyBytesMax' | 'eventsMax'> = { bodyBytesMax: 1_000_000, eventsMax: 500 };

/**
 * A hub as a remote, anywhere: `fetch`, and `WebSocket` for what is new, are the platform's or are given.
 *
 * @throws ReknitError `wrong_type`, `bad_url` or `insecure_url`, before anything is asked
 */
export const hubRemote = (options: HubRemoteOptions): Remote => {
  checkOptions(options);
  const { token, timeoutMs = 30_000, pingMs = 15_000, answerBytesMax = 64 * 1024 * 1024 } = options;
  const { stopwatch = () => performance.now() } = options;
  const { base, isLocal } = checkedUrl(options);
  const call = createHubCall({
    base: `${base}/v1/`,
    token,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    timeoutMs,
    answerBytesMax,
    compresses: options.compress ?? !isLocal,
  });
  const { hasSockets, socketClass } = socketsOf(options.WebSocket);
  const live = new Set<{ readonly close: () => void }>();
  let limits = limitsAtFirst;
  /** Whoever greets is known from then on. */
  let self = nobody;
  let isClosed = false;

  const ask = (path: string, body: string, signal: AbortSignal | undefined): Promise<unknown> => {
    if (isClosed) throw hubError('remote_closed', 'this connection to the hub is closed: connect again');
    return call(path, body, signal);
  };

  const pushParts = async (
    parts: Iterable<string>,
    { isRetry = false, onMark }: Pick<PushOptions, 'isRetry' | 'onMark'>,
    signal: AbortSignal | undefined,
  ): Promise<readonly Verdict[]> => {
    const verdicts: Verdict[] = [];
    const batches = batchesOf(self, parts, isRetry, limits);
    for (let batch = batches.next().value; batch !== undefined;) {
      const { parts: sent, body } = batch;
      const asked = ask('push', body, signal);
      // Written while the hub works on the one before.
      const following = batches.next().value;
      try {
        const answer = readVerdicts(await asked, sent.length);
        onMark?.(answer.mark);
        verdicts.push(...answer.verdicts);
      } catch (error) {
        if (sent.length === 1 || !isReknitError(error, 'body_too_large')) throw error;
        // Something in between takes less than the hub does.
        const middle = Math.ceil(sent.length / 2);
        for (const half of [sent.slice(0, middle), sent.slice(middle)])
          verdicts.push(...(await pushParts(half, { isRetry, ...(onMark === undefined ? {} : { onMark }) }, signal)));
      }
      batch = following;
    }
    return verdicts;
  };

  return {
    capabilities: { canPull: true, canPush: true, pushMax },
    address: base,

    hello: async ({ replicaId, policyFingerprint, lastSeq, lastHash, mark, nowMs = Date.now(), signal }) => {
      self = replicaId;
      const started = stopwatch();
      const request = {
        protocol: protocolVersion,
        replicaId,
        policy: policyFingerprint,
        now: nowMs,
        lastSeq,
        lastHash,
        mark,
      };
      const answer = readHello(await ask('hello', JSON.stringify(request), signal));
      const elapsedMs = stopwatch() - started;
      ({ limits } = answer);
      return {
        remoteId: `hub:${answer.hubId}`,
        policyFingerprint: answer.policy,
        knownSeq: answer.knownSeq,
        ...(answer.knownHash === undefined ? {} : { knownHash: answer.knownHash }),
        // It said what time it is about half way between our asking and its answer.
        clockOffsetMs: Math.round(answer.nowMs - (nowMs + elapsedMs / 2)),
        epoch: answer.epoch,
        mark: answer.mark,
        ...(answer.head === undefined ? {} : { head: answer.head }),
        limits: answer.limits,
      };
    },

    heads: async (replicaIds, signal, at) => {
      const body = JSON.stringify({ ...(self === nobody ? {} : { replicaId: self }), replicaIds, at });
      return readHeads(await ask('heads', body, signal), replicaIds);
    },

    pull: async ({ limit, signal, ...request }) =>
      readPage(await ask('pull', JSON.stringify({ ...readingOf(request, self), limit }), signal)),

    push: async (events, signal, pushOptions = {}) => {
      signal?.throwIfAborted();
      return pushParts(eventParts(events, pushOptions), pushOptions, signal);
    },

    pushRefusals: async (receipts, signal) => pushParts(refusalParts(receipts), {}, signal),

    ...(hasSockets
      ? {
          live: (request, observer) => {
            const subscription = subscribe({
              url: `${base.replace(/^http/, 'ws')}/v1/live`,
              start: async () => {
                const given = await tokenOf(token);
                return JSON.stringify({
                  type: 'start',
                  ...(given === undefined ? {} : { token: given }),
                  ...readingOf(request, self),
                });
              },
              WebSocket: socketClass,
              pingMs,
              messageBytesMax: answerBytesMax,
              observer: {
                ...observer,
                onEnd: (error) => {
                  live.delete(subscription);
                  observer.onEnd(error);
                },
              },
            });
            live.add(subscription);
            return subscription;
          },
        }
      : {}),

    close: async () => {
      isClosed = true;
      for (const subscription of live) subscription.close();
      live.clear();
    },
  };
};

const readingOf = (
  { cursor, cut, cutAt, own, scope, replicaId }: Omit<PullRequest, 'limit'> | LiveRequest,
  self: string,
): object => ({
  replicaId: replicaId ?? self,
  ...(cursor === undefined ? { cut, cutAt } : { cursor }),
  ...(own === undefined ? {} : { own }),
  ...(scope === undefined ? {} : { scope: scopeOf(scope) }),
});

const scopeOf = ({ resourceTypes, resources }: SyncScope): object => ({
  ...(resourceTypes === undefined ? {} : { resourceTypes }),
  ...(resources === undefined
    ? {}
    : { resources: resources.map(({ resourceType, resourceId }) => [resourceType, resourceId]) }),
});

const socketsOf = (
  given: HubRemoteOptions['WebSocket'],
): { readonly hasSockets: boolean; readonly socketClass: () => Promise<HubSocketClass> } => {
  const platform = (globalThis as { readonly WebSocket?: unknown }).WebSocket as HubSocketClass | undefined;
  // A class has a prototype that a function that gives one does not have.
  const isClass = given !== undefined && 'prototype' in given && given.prototype !== undefined;
  const provide = given === undefined || isClass ? undefined : (given as () => Promise<HubSocketClass | undefined>);
  const known = isClass ? (given as HubSocketClass) : platform;
  return {
    hasSockets: given !== undefined || platform !== undefined,
    socketClass: async () => {
      const found = provide === undefined ? known : await provide();
      if (found === undefined) throw hubError('live_unsupported', 'this platform has no WebSocket: hand one in');
      return found;
    },
  };
};
