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
  if (isMissingDriver(error))
    return {
      code: 'sqlite_unavailable',
      message:
        'SQLite could not be loaded: run "npm install better-sqlite3", or "npm rebuild better-sqlite3" after changing the version of Node',
      facts: {},
    };
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return { code: 'system_error', message: error.message, facts: { systemCode: error.code } };
  return { code: 'internal_error', message: error instanceof Error ? error.message : String(error), facts: {} };
};

/** One line, without a line end. */
export const errorText = (error: unknown, isJson: boolean): string => {
  const told = toldError(error);
  return isJson ? JSON.stringify({ error: told }) : `error: ${visible(told.message)}`;
};

/** The native part of the driver is built for one version of Node, and is missed only when it is used. */
const isMissingDriver = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === 'ERR_DLOPEN_FAILED') ||
    error.message.startsWith('Could not locate the bindings file'));
