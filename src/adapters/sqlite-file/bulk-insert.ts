/**
 * Many rows into one table: sixteen to a statement, which takes a quarter less time than one
 * by one.
 *
 * `OR FAIL`, because a statement that could fail half way would otherwise keep a journal of its
 * own, which costs what is gained; the transaction around it is undone as a whole anyway.
 */
import type { Bindable, Connection } from './connection.js';

export interface BulkInsert {
  readonly add: (values: readonly Bindable[]) => void;
  /** The same without a list in between: whoever has many rows writes each into the place that it is given. */
  readonly addInto: (write: (into: Bindable[], at: number) => void) => void;
  /** Writes what is left: nothing added since the last call is in the table before. */
  readonly finish: () => void;
}

const rowsPerStatement = 16;

/** @param orElse what happens to a row whose key is there already: `REPLACE` takes its place */
export const bulkInsert = (
  connection: Connection,
  table: string,
  columns: string,
  orElse: 'FAIL' | 'REPLACE' = 'FAIL',
): BulkInsert => {
  const width = columns.split(',').length;
  const row = `(${Array.from({ length: width }, () => '?').join(', ')})`;
  const textFor = (rows: number): string =>
    `INSERT OR ${orElse} INTO ${table} (${columns}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
  const many = connection.statement(textFor(rowsPerStatement));
  const waiting: Bindable[] = Array.from({ length: rowsPerStatement * width }, () => null);
  let filled = 0;
  const taken = (): void => {
    filled += width;
    if (filled < waiting.length) return;
    many.run(waiting);
    filled = 0;
  };
  return {
    add: (values) => {
      for (let index = 0; index < width; index += 1) waiting[filled + index] = values[index] as Bindable;
      taken();
    },
    addInto: (write) => {
      write(waiting, filled);
      taken();
    },
    finish: () => {
      const one = connection.statement(textFor(1));
      for (let start = 0; start < filled; start += width) one.run(waiting.slice(start, start + width));
      filled = 0;
    },
  };
};
