/** Why a socket is closed by the hub; the reason that goes with it is the code of the problem. */
import type { ProblemCode } from '../problems.js';

export const closeCodes = {
  shutting_down: 1001,
  internal_error: 1011,
  unauthorized: 4401,
  forbidden: 4403,
  silence: 4408,
  cursor_unknown: 4409,
  too_slow: 4413,
  bad_request: 4422,
  too_many_requests: 4429,
} as const;

export type CloseReason = keyof typeof closeCodes;

export const closeReasonOf = (code: ProblemCode): CloseReason =>
  Object.hasOwn(closeCodes, code) ? (code as CloseReason) : 'internal_error';
