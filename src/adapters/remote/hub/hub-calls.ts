/**
 * One question to a hub over HTTP: in time, in bounds, with the token in the header and nowhere
 * else. What comes back is JSON or an error with a code; nothing in between.
 */
import { isReknitError } from '../../../domain/shared/errors.js';
import { gzip, readText } from './bounded-body.js';
import { badAnswer, errorOfStatus, hubError, retryAfterMsIn } from './hub-error.js';

export type Token = string | (() => string | undefined | Promise<string | undefined>);

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HubCallOptions {
  /** Without a slash at its end. */
  readonly base: string;
  readonly token: Token | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** Whether long bodies are compressed, in both directions. */
  readonly compresses: boolean;
}

export type HubCall = (path: string, body: string, signal?: AbortSignal) => Promise<unknown>;

/** Below it compression saves less than it costs. */
const compressedBytesMin = 4_096;
/** Of an error a hub says no more than so much. */
const errorBytesMax = 64 * 1024;

/** What a header can carry; the platform's own words about anything else would hold the token. */
const tokenForm = /^[\x21-\x7e]+$/;

export const tokenOf = async (token: Token | undefined): Promise<string | undefined> => {
  const given: unknown = typeof token === 'function' ? await asked(token) : token;
  if (given === undefined || (typeof given === 'string' && tokenForm.test(given))) return given;
  throw hubError('bad_token', 'the token is empty, or holds a space, a line break or another sign that no token has');
};

/** What it says of its failure may hold what it failed with, so it goes into the cause, and into no message. */
const asked = async (token: Exclude<Token, string>): Promise<unknown> => {
  try {
    return await token();
  } catch (cause) {
    throw hubError('token_failed', 'the function that gives the token has failed: its error is the cause', {}, cause);
  }
};

export const createHubCall =
  ({ base, token, fetch, timeoutMs, answerBytesMax, compresses }: HubCallOptions): HubCall =>
  async (path, body, signal) => {
    signal?.throwIfAborted();
    const ending = new AbortController();
    const abort = (): void => ending.abort(signal?.reason);
    const late = (): void =>
      ending.abort(hubError('remote_timeout', `the hub did not answer within ${timeoutMs} ms`, { timeoutMs }));
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    // What an embedder gives, a token or a fetch of its own, may know of no signal, or hang in spite of it.
    const ended = aborted(ending.signal);
    const inTime = <Value>(given: Value | Promise<Value>): Promise<Value> => Promise.race([given, ended]);
    try {
      const bytes = encoder.encode(body);
      const isCompressed = compresses && bytes.length >= compressedBytesMin && typeof CompressionStream === 'function';
      const given = await inTime(tokenOf(token));
      const sent = fetch(`${base}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept-encoding': compresses ? 'gzip' : 'identity',
          ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
          ...(given === undefined ? {} : { authorization: `Bearer ${given}` }),
        },
        body: isCompressed ? await gzip(bytes) : bytes,
        signal: ending.signal,
        // A portal that leads elsewhere is no hub, and must not be told the token.
        redirect: 'error',
        credentials: 'omit',
      });
      const response = await inTime(sent);
      if (!response.ok) {
        const told = await inTime(readText(response, errorBytesMax).then(parsed, () => undefined));
        throw errorOfStatus(response.status, told, retryAfterMsIn(response.headers.get('retry-after'), Date.now()));
      }
      const text = await inTime(readText(response, answerBytesMax));
      const answer = parsed(text);
      if (answer === undefined) throw badAnswer('its answer is no JSON, or was cut off');
      return answer;
    } catch (error) {
      if (ending.signal.aborted) throw ending.signal.reason;
      if (isReknitError(error)) throw error;
      throw hubError('remote_unreachable', `the hub could not be reached (${causeOf(error)})`, {}, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };

const aborted = (signal: AbortSignal): Promise<never> => {
  const ended = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  // It may end when nobody waits.
  ended.catch(() => undefined);
  return ended;
};

const encoder = new TextEncoder();

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** `fetch failed` says nothing; what caused it does. */
const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message || cause.name : error.message;
};
