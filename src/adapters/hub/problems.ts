/** What a hub answers where it refuses: a code, its status, and nothing that the caller may not know. */
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';

const statusByCode = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_timeout: 408,
  cursor_unknown: 409,
  body_too_large: 413,
  unsupported_type: 415,
  bad_request: 422,
  too_many_requests: 429,
  internal_error: 500,
  shutting_down: 503,
  storage_busy: 503,
  storage_full: 507,
} as const;

export type ProblemCode = keyof typeof statusByCode;
export type ProblemStatus = (typeof statusByCode)[ProblemCode];

/** In the order of the statuses, for the description of the interface. */
export const problemStatuses: readonly ProblemStatus[] = [...new Set(Object.values(statusByCode))];

export interface Problem {
  readonly status: ProblemStatus;
  readonly code: ProblemCode;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

const retryAfterMsOf: Partial<Record<ProblemCode, number>> = { shutting_down: 2_000, storage_busy: 1_000 };

export const problem = (
  code: ProblemCode,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): ReknitError<ProblemCode> => new ReknitError(code, message, facts);

export const tooMany = (retryAfterMs: number): ReknitError<ProblemCode> =>
  problem('too_many_requests', 'too many requests: wait, and send them in larger batches', { retryAfterMs });

/** Anything unexpected is told to the operator and to nobody else: its text may hold what nobody may read. */
export const problemOf = (error: unknown): Problem => {
  if (!isReknitError(error) || !isProblemCode(error.code))
    return { status: 500, code: 'internal_error', message: 'the hub failed: its log says how', facts: {} };
  const { code, message, facts } = error;
  const isOurs = !code.startsWith('storage_');
  const retryAfterMs = typeof facts['retryAfterMs'] === 'number' ? facts['retryAfterMs'] : retryAfterMsOf[code];
  return {
    status: statusByCode[code],
    code,
    message: isOurs ? message : 'the hub cannot write at the moment: try again',
    facts: isOurs ? facts : {},
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};

export const problemBody = ({
  code,
  message,
  facts,
}: Problem): { readonly error: Readonly<Record<string, unknown>> } => ({
  error: { ...facts, code, message },
});

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(statusByCode, code);
