/**
 * Where a command says things: results on the standard output, for people or as JSON, and
 * everything else (remarks, progress, errors) on the standard error, so that a result can be
 * piped. Colours and progress only go where a person watches.
 */
import colors from 'picocolors';
import { errorText } from '../errors.js';
import type { Stream } from '../surroundings.js';
import { createProgress, type Progress } from './progress.js';

export type Colors = ReturnType<typeof colors.createColors>;

export interface Output {
  readonly isJson: boolean;
  readonly colors: Colors;
  /** A line for people; says nothing where JSON is wanted. */
  readonly line: (text?: string) => void;
  /** The result as one JSON document; says nothing where people read. */
  readonly document: (value: unknown) => void;
  /** One document of a stream of them, a line each, no faster than it is taken. */
  readonly record: (value: unknown) => Promise<void>;
  /** A remark for people, beside the result. */
  readonly note: (text: string) => void;
  /** What went wrong, on the standard error. */
  readonly error: (error: unknown) => void;
  readonly progress: (label: string) => Progress;
  /** The standard output itself, for what is written to it in another form. */
  readonly stream: Stream;
  /** The standard error, for a log in a form of its own. */
  readonly remarks: Stream;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isColored: boolean;
  readonly result: Stream;
  readonly remarks: Stream;
}

export const createOutput = ({ isJson, isColored, result, remarks }: OutputOptions): Output => ({
  isJson,
  colors: colors.createColors(isColored),
  line: (text = '') => {
    if (!isJson) result.write(`${text}\n`);
  },
  document: (value) => {
    if (isJson) result.write(`${JSON.stringify(value)}\n`);
  },
  record: async (value) => {
    if (result.write(`${JSON.stringify(value)}\n`)) return;
    await new Promise<void>((resolve) => result.once('drain', resolve));
  },
  note: (text) => {
    if (!isJson) remarks.write(`${text}\n`);
  },
  progress: (label) => createProgress(label, !isJson && remarks.isTTY === true ? remarks : undefined),
  error: (error) => {
    remarks.write(`${errorText(error, isJson)}\n`);
  },
  stream: result,
  remarks,
});
