/** What a desk answers where it refuses: a code, its status, and what the caller may know. */
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';

const statusByCode = {
  unauthorized: 401,
  forbidden: 403,
  read_only: 403,
  not_found: 404,
  conflict_not_found: 404,
  rule_unknown: 404,
  event_not_rejected: 404,
  resource_not_found: 404,
  method_not_allowed: 405,
  conflict_changed: 409,
  conflict_closed: 409,
  conflict_superseded: 409,
  stale_undo: 409,
  stale_write: 409,
  policy_changed: 409,
  policy_missing: 409,
  body_too_large: 413,
  unsupported_type: 415,
  bad_request: 422,
  too_many_requests: 429,
  internal_error: 500,
  page_missing: 503,
  shutting_down: 503,
  storage_busy: 503,
  store_contended: 503,
  storage_full: 507,
} as const;

/** Those that say that the conflict is another than the one that was looked at. */
export const changedCodes: readonly string[] = ['conflict_changed', 'conflict_closed', 'conflict_superseded'];

export type ProblemCode = keyof typeof statusByCode;
export type ProblemStatus = (typeof statusByCode)[ProblemCode];

export interface Problem {
  readonly status: ProblemStatus;
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

export const problem = (
  code: ProblemCode,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): ReknitError<ProblemCode> => new ReknitError(code, message, facts);

/** A refusal of the engine is the caller's to know; a failure is told to the operator and to nobody else. */
export const problemOf = (error: unknown): Problem => {
  if (!isReknitError(error) || error.code.startsWith('storage_')) {
    const code = isReknitError(error) && isProblemCode(error.code) ? error.code : 'internal_error';
    const message =
      code === 'internal_error' ? 'the desk failed: its log says how' : 'it cannot be written now: try again';
    return { status: statusByCode[code], code, message, facts: {} };
  }
  const { code, message, facts } = error;
  const { retryAfterMs } = facts;
  return {
    status: isProblemCode(code) ? statusByCode[code] : 422,
    code,
    message,
    facts,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  };
};

export const problemBody = ({ code, message, facts }: Problem) => ({ error: { ...facts, code, message } });

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(statusByCode, code);
