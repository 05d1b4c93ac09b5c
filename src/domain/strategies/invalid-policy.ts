/** A policy, or a part of one, that cannot be meant: said where it is written, before any event is merged by it. */
import { ReknitError } from '../shared/errors.js';

export const invalidPolicy = (
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): ReknitError<'invalid_policy'> => new ReknitError('invalid_policy', message, facts);

/** The part stands in code that is not here: load the policy's module instead of its data. */
export const policyMissing = (
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): ReknitError<'policy_missing'> => new ReknitError('policy_missing', message, facts);
