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
  const waiting: Bindable[] = [];
  return {
    add: (values) => {
      for (const value of values) waiting.push(value);
      if (waiting.length < rowsPerStatement * width) return;
      many.run(...waiting);
      waiting.length = 0;
    },
    finish: () => {
      const one = connection.statement(textFor(1));
      for (let start = 0; start < waiting.length; start += width) one.run(...waiting.slice(start, start + width));
      waiting.length = 0;
    },
  };
};
