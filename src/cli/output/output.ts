/**
 * Where a command says things: results on the standard output, for people or as JSON, and
 * everything else (remarks, progress, errors) on the standard error, so that a result can be
 * piped. Colours and progress only go where a person watches.
 */
import colors from 'picocolors';
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
  readonly progress: (label: string) => Progress;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isColored: boolean;
}

export const createOutput = ({ isJson, isColored }: OutputOptions): Output => ({
  isJson,
  colors: colors.createColors(isColored),
  line: (text = '') => {
    if (!isJson) process.stdout.write(`${text}\n`);
  },
  document: (value) => {
    if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
  },
  record: async (value) => {
    if (process.stdout.write(`${JSON.stringify(value)}\n`)) return;
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  },
  note: (text) => {
    if (!isJson) process.stderr.write(`${text}\n`);
  },
  progress: (label) => createProgress(label, !isJson && process.stderr.isTTY),
});
