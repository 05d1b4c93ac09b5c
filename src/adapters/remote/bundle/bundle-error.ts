/**
 * What can go wrong with a bundle as a whole. Lines that are refused are no errors of this
 * kind: they are given with their number and reason, and reading goes on.
 */
import { ReknitError } from '../../../domain/shared/errors.js';

export type BundleErrorCode =
  | 'bundle_not_found'
  /** The operating system refuses to read or to write; the reason is in `cause`. */
  | 'bundle_unreadable'
  | 'bundle_unwritable'
  /** The compressed data ends in the middle; everything before that was given. */
  | 'bundle_truncated'
  /** The compressed data is damaged. */
  | 'bundle_corrupt'
  /** The file holds something else, and is not written to. */
  | 'not_a_bundle'
  /** Another program has been writing to the file for too long. */
  | 'bundle_busy';

export const bundleError = (
  code: BundleErrorCode,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): ReknitError<BundleErrorCode> => new ReknitError(code, message, facts, cause === undefined ? undefined : { cause });

/** The code of an error of the operating system, such as ENOENT; undefined for any other. */
export const systemCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Translates what the operating system says while a file is read; passes on anything else. */
export const readFailure = (error: unknown, file: string): unknown => {
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  return code === 'ENOENT'
    ? bundleError('bundle_not_found', `there is no file ${file}`, { file }, error)
    : bundleError('bundle_unreadable', `${file} cannot be read (${code})`, { file, systemCode: code }, error);
};

/** Translates what the operating system says while a file is written; passes on anything else. */
export const writeFailure = (error: unknown, file: string): unknown => {
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full: free some space'
      : 'check the folder and its permissions';
  return bundleError(
    'bundle_unwritable',
    `${file} cannot be written (${code}): ${advice}`,
    { file, systemCode: code },
    error,
  );
};
