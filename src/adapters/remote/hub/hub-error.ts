/** What goes wrong with a hub, by the codes that the sync knows what to do with. */
import { ReknitError } from '../../../domain/shared/errors.js';

export const hubError = (
  code: string,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): ReknitError => new ReknitError(code, message, facts, cause === undefined ? undefined : { cause });

/** An answer that a sound hub would not give: a proxy in between, a page of a captive portal, a lie. */
export const badAnswer = (what: string, cause?: unknown): ReknitError =>
  hubError(
    'remote_failed',
    `the hub did not answer as a hub does (${what}): check its address, and what is in between`,
    {},
    cause,
  );

const codesByStatus: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  409: 'cursor_unknown',
  413: 'body_too_large',
  422: 'bad_request',
  429: 'too_many_requests',
};

/** @param body what came with the status, if it was JSON */
export const errorOfStatus = (status: number, body: unknown, retryAfterMs: number | undefined): ReknitError => {
  const told = (body as { readonly error?: { readonly code?: unknown; readonly message?: unknown } } | undefined)
    ?.error;
  // A proxy that says 409 does not know of cursors: only the hub's own words count for what changes the course.
  const code = typeof told?.code === 'string' ? told.code.slice(0, 100) : (codesByStatus[status] ?? 'remote_failed');
  const isOfHub = typeof told?.code === 'string';
  const safe = code === 'cursor_unknown' && !isOfHub ? 'remote_failed' : code;
  const message =
    typeof told?.message === 'string' ? told.message.slice(0, 500) : `the hub answered with status ${status}`;
  return hubError(safe, message, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
};

/** In seconds, or as a date. */
export const retryAfterMsIn = (header: string | null, nowMs: number): number | undefined => {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
};

/** Why a hub closed a subscription. */
export const errorOfClose = (code: number): ReknitError => {
  switch (code) {
    case 4401:
      return hubError('unauthorized', 'the hub does not accept the token (any more): get another one');
    case 4403:
      return hubError('forbidden', 'the hub does not let this replica read here');
    case 4408:
      return hubError('remote_silent', 'the hub heard nothing from this side for too long');
    case 4409:
      return hubError('cursor_unknown', 'the hub does not know how far this replica has read: it is read again');
    case 4413:
      return hubError('reader_too_slow', 'this side took in too slowly what the hub sent: it goes on from where it is');
    case 4422:
      return hubError('bad_request', 'the hub does not understand this version: update one of the two');
    case 4429:
      return hubError('too_many_requests', 'the hub has too much to do: it is tried again later');
    default:
      return hubError('remote_unreachable', `the connection to the hub ended (${code})`);
  }
};
