/**
 * Figures, shown as they come and written to `.bench/results` when the bench is through; `npm run bench:report` makes
 * BENCHMARKS.md of what lies there. Quick runs go to a folder of their own: their sizes measure nothing.
 *
 * A figure that misses its goal or its bound is told, and fails nothing: these are no timed tests.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './machine.js';
import { spreadOf, type Spread } from './measure.js';
import { benchCommand, benchName, isQuick } from './options.js';
import { outputFolder } from './workspace.js';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  /** The least and the most of the rounds. */
  readonly low?: number;
  readonly high?: number;
  readonly rounds?: number;
  /** What it should be, and what it must not miss. */
  readonly goal?: number;
  readonly bound?: number;
  readonly better: 'lower' | 'higher';
  /** The figures behind it, for the reader. */
  readonly detail?: string;
}

/** What is compared by more than one number, or by none, a row each. */
export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Picture {
  /** Of its file, without an ending. */
  readonly name: string;
  /** What it shows, for who does not see it. */
  readonly alt: string;
  readonly svg: string;
}

export interface BenchText {
  readonly title: string;
  /** What is measured, against what, and what is left out: a reader has to be able to doubt it. */
  readonly method: string;
}

export interface Bench {
  readonly add: (figure: Figure) => void;
  /** The median of several rounds. */
  readonly addSpread: (values: readonly number[], figure: Omit<Figure, 'measured' | keyof Spread | 'rounds'>) => void;
  readonly addTable: (table: FigureTable) => void;
  readonly addPicture: (picture: Picture) => void;
  readonly finish: () => void;
}

export const startBench = (text: BenchText): Bench => {
  const figures: Figure[] = [];
  const tables: FigureTable[] = [];
  const pictures: Picture[] = [];
  const add: Bench['add'] = (figure) => {
    figures.push(figure);
    console.log(lineOf(figure));
    if (figure.detail !== undefined) console.log(`    ${figure.detail}`);
  };
  console.log(text.title);
  return {
    add,
    addSpread: (values, figure) => {
      const { median, low, high } = spreadOf(values);
      add({ ...figure, measured: median, low, high, rounds: values.length });
    },
    addTable: (table) => {
      tables.push(table);
      console.log(`  ${table.title}`);
      for (const row of table.rows)
        console.log(
          `    ${row.map((cell, index) => (index === 0 ? cell : `${table.columns[index]}: ${cell}`)).join('; ')}`,
        );
    },
    addPicture: (picture) => {
      pictures.push(picture);
    },
    finish: () => {
      const folder = join(outputFolder, isQuick ? 'results-quick' : 'results');
      mkdirSync(folder, { recursive: true });
      const result = {
        bench: benchName,
        ...text,
        command: benchCommand,
        date: new Date().toISOString().slice(0, 10),
        machine: machine(),
        figures,
        ...(tables.length === 0 ? {} : { tables }),
        ...(pictures.length === 0 ? {} : { pictures: pictures.map(({ name, alt }) => ({ name, alt })) }),
      };
      for (const { name, svg } of pictures) writeFileSync(join(folder, `${name}.svg`), svg);
      writeFileSync(join(folder, `${benchName}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
    },
  };
};

const lineOf = ({ name, unit, measured, low, high, goal, bound, better }: Figure): string => {
  const spread = low === undefined || high === undefined ? '' : ` (${shown(low)} to ${shown(high)})`;
  const sign = better === 'lower' ? '≤' : '≥';
  const goalText = goal === undefined ? '' : `, goal ${sign} ${shown(goal)}`;
  const boundText = bound === undefined ? '' : `, bound ${sign} ${shown(bound)}`;
  return `  ${name}: ${shown(measured)} ${unit}${spread}${goalText}${boundText}`;
};

/** Three digits; more would claim what no machine repeats. */
const shown = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(3)));
