/** What a failure of an exchange means for what comes next. */
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';

export type FailureKind =
  /** May pass by itself. */
  | 'failed'
  /** The remote does not accept who we say we are. */
  | 'denied'
  /** Will not pass before somebody changes something. */
  | 'rejected'
  /** Another process has taken over. */
  | 'leaseLost'
  /** There is nothing left to exchange from. */
  | 'closed';

const kinds: Readonly<Record<string, FailureKind>> = {
  unauthorized: 'denied',
  forbidden: 'rejected',
  policy_mismatch: 'rejected',
  policy_changed: 'rejected',
  same_replica: 'rejected',
  protocol_unsupported: 'rejected',
  bad_request: 'rejected',
  read_only: 'rejected',
  event_damaged: 'rejected',
  storage_corrupt: 'rejected',
  remote_closed: 'rejected',
  lease_lost: 'leaseLost',
  store_closed: 'closed',
};

export const kindOf = (error: unknown): FailureKind =>
  isReknitError(error) && Object.hasOwn(kinds, error.code) ? (kinds[error.code] ?? 'failed') : 'failed';

/** How long the remote asks to be left alone. */
export const retryAfterMsOf = (error: unknown): number | undefined => {
  const ms = isReknitError(error) ? error.facts['retryAfterMs'] : undefined;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
};

/** What a remote throws may be anything; who asked to stop gets back the reason that was given. */
export const failureOf = (error: unknown, signal: AbortSignal | undefined): unknown => {
  if (isReknitError(error) || (signal?.aborted === true && error === signal.reason)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ReknitError(
    'sync_failed',
    `the sync broke off (${message}): what was exchanged is kept, try again`,
    {},
    { cause: error },
  );
};

export const toStatusError = (error: unknown): { readonly code: string; readonly message: string } =>
  isReknitError(error)
    ? { code: error.code, message: error.message }
    : { code: 'aborted', message: 'the sync was aborted' };

export const closedError = (): ReknitError =>
  new ReknitError('sync_closed', 'this connection was closed: connect again');
export const pausedError = (): ReknitError =>
  new ReknitError('sync_paused', 'this connection is paused: resume it first');
