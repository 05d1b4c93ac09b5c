/** Lines of the input that were refused, by number: the first ones, and how many there are. */
import type { ImportReport } from '../../index.js';
import type { Output } from './output.js';
import { shortened, visible } from './visible.js';

const shownMax = 20;

export interface RefusedLine {
  readonly line?: number;
  readonly code: string;
  readonly message: string;
}

export const refusedLines = (rejected: ImportReport['rejected']): readonly RefusedLine[] =>
  rejected.map(({ line, error }) => ({
    ...(line === undefined ? {} : { line }),
    code: error.code,
    message: error.message,
  }));

export const printRefused = (
  { note, colors }: Output,
  refused: readonly RefusedLine[],
  count: number,
  noun: 'line' | 'row',
): void => {
  for (const { line, message } of refused.slice(0, shownMax))
    note(
      `${colors.red('refused')} ${line === undefined ? '' : `${noun} ${line}: `}${shortened(visible(message), 300)}`,
    );
  if (count > shownMax) note(`and ${count - shownMax} more`);
};
