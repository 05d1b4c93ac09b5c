/**
 * Errors as they are told to whoever called: in a sentence for people, as one JSON document
 * for programs. A stack is for the authors of this program, and shown only when asked for.
 */
import { isReknitError, ReknitError } from '../index.js';
import { visible } from './output/visible.js';

export const usageError = (message: string, facts: Readonly<Record<string, unknown>> = {}): ReknitError =>
  new ReknitError('usage', message, facts);

export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export const toldError = (error: unknown): ToldError => {
  if (isReknitError(error)) return error.toJSON();
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return { code: 'system_error', message: error.message, facts: { systemCode: error.code } };
  return { code: 'internal_error', message: error instanceof Error ? error.message : String(error), facts: {} };
};

/** One line, without a line end. */
export const errorText = (error: unknown, isJson: boolean): string => {
  const told = toldError(error);
  return isJson ? JSON.stringify({ error: told }) : `error: ${visible(told.message)}`;
};
