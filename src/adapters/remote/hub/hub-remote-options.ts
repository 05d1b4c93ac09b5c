/** How a hub is reached, refused before anything is asked where it makes no sense or would show the token to others. */
import { checkMembers, type Members } from '../../../domain/shared/check-argument.js';
import type { Fetch, Token } from './hub-calls.js';
import { hubError } from './hub-error.js';
import type { HubSocketClass } from './live-subscription.js';

/** Which hub, as whom, and with which patience. */
export interface HubRemoteOptions {
  /** Of the hub, with its base path: `https://hub.example.org/sync`. */
  readonly url: string;
  /** A function is asked before every use, so a token can be renewed while the connection stands. */
  readonly token?: Token;
  readonly fetch?: Fetch;
  /** Without one, and where the platform has none, the hub is asked from time to time instead. */
  readonly WebSocket?: HubSocketClass | (() => Promise<HubSocketClass | undefined>);
  /** How long one answer may take; 30 s. */
  readonly timeoutMs?: number;
  /** A subscription that was quiet for so long is asked whether it lives; 15 s. */
  readonly pingMs?: number;
  /** No answer and no page is longer; 64 MiB. */
  readonly answerBytesMax?: number;
  /** Whether long bodies are compressed; by default everywhere but on this machine. */
  readonly compress?: boolean;
  /** Sends the token over plain HTTP to other machines too, where anyone in between can read it. */
  readonly allowPlainHttp?: boolean;
  /** Milliseconds since any moment, by which the time that a greeting takes is measured; the platform's by default. */
  readonly stopwatch?: () => number;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);

/** Beyond it timers run at once. */
const durationMsMax = 2_147_483_647;

const members: Members<HubRemoteOptions> = {
  url: true,
  token: true,
  fetch: true,
  WebSocket: true,
  timeoutMs: true,
  pingMs: true,
  answerBytesMax: true,
  compress: true,
  allowPlainHttp: true,
  stopwatch: true,
};

/** @throws ReknitError `wrong_type`, `unknown_option` */
export const checkOptions = (options: HubRemoteOptions): void => {
  const check = (isRight: boolean, member: string, what: string): void => {
    if (!isRight) throw hubError('wrong_type', `"${member}" must be ${what}`, { member });
  };
  check(typeof options === 'object' && options !== null, 'options', 'an object with the url of the hub at least');
  checkMembers('hubRemote', options, members);
  const { token, fetch, WebSocket, stopwatch, timeoutMs = 1, pingMs = 1, answerBytesMax = 1 } = options;
  check(['undefined', 'string', 'function'].includes(typeof token), 'token', 'a text, or a function that gives one');
  check(fetch === undefined || typeof fetch === 'function', 'fetch', 'a function like that of the platform');
  check(stopwatch === undefined || typeof stopwatch === 'function', 'stopwatch', 'a function that gives milliseconds');
  check(
    WebSocket === undefined || typeof WebSocket === 'function',
    'WebSocket',
    'a class, or a function that gives one',
  );
  for (const [member, value] of Object.entries({ timeoutMs, pingMs }))
    check(value >= 1 && value <= durationMsMax, member, `a number of milliseconds from 1 up to ${durationMsMax}`);
  check(answerBytesMax >= 1, 'answerBytesMax', 'a number of bytes from 1 up');
};

/**
 * The hub's address without a slash at its end, and whether it is this machine's.
 *
 * @throws ReknitError `bad_url`, or `insecure_url` where a token would travel in the clear
 */
export const checkedUrl = ({
  url,
  token,
  allowPlainHttp = false,
}: HubRemoteOptions): { base: string; isLocal: boolean } => {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw hubError('bad_url', 'the address of the hub has to be a URL: https://…');
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    throw hubError('bad_url', `the address of a hub begins with https:// or http://, not ${parsed.protocol}`);
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    throw hubError(
      'bad_url',
      'the address of a hub holds no user, password or question: the token is an option of its own',
    );
  const isLocal = isLoopback(parsed.hostname);
  if (parsed.protocol === 'http:' && !isLocal && token !== undefined && !allowPlainHttp)
    throw hubError(
      'insecure_url',
      'a token is not sent over plain HTTP to another machine: use https, or say allowPlainHttp',
    );
  return { base: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`, isLocal };
};
