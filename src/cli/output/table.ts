/** Tables for people: columns under headings, without lines, so that they can be copied and cut. */
import Table from 'cli-table3';
import type { Output } from './output.js';

const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Cells are text that is safe to print; a cell may have several lines. */
export const printTable = (
  { line, colors }: Output,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void => {
  const table = new Table({
    head: headings.map((heading) => colors.bold(heading)),
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  line(trimmedLines(table.toString()));
};

/** Texts beside each other, each in a column of so many characters; long lines go on below. */
export const columnsText = (texts: readonly string[], width: number): string => {
  const table = new Table({
    chars: bare,
    colWidths: texts.map(() => width),
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push([...texts]);
  return trimmedLines(table.toString());
};

const trimmedLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

/** Names and values below each other. */
export const printPairs = ({ line, colors }: Output, pairs: readonly (readonly [string, string])[]): void => {
  const width = Math.max(...pairs.map(([name]) => name.length), 0);
  for (const [name, value] of pairs) line(`${colors.bold(name.padEnd(width))}  ${value}`);
};

export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;
