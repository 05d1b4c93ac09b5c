/**
 * The one connection of a store: statements that are prepared once and kept, and transactions
 * that leave nothing behind when they fail.
 *
 * Rows come as arrays, which costs half of what objects do. The driver binds every number as a
 * double, so a column that is to hold an integer says so in its declaration.
 */
import type { Database as Driver, Statement } from 'better-sqlite3';
import { refuseMoved } from './moved.js';

export type Bindable = string | number | Buffer | null;

export interface Connection {
  readonly driver: Driver;
  /** A statement that answers nothing; values one by one, or in a list. */
  readonly statement: (sql: string) => Statement<(Bindable | Bindable[])[]>;
  /** A query whose rows are arrays of its columns. */
  readonly rows: <Row extends readonly unknown[]>(sql: string) => Statement<Bindable[], Row>;
  /** A query for single values. */
  readonly values: <Value>(sql: string) => Statement<Bindable[], Value>;
  /** Everything read in one of these is from one version (S5). */
  readonly reading: <Value>(read: () => Value) => Value;
  /** All or nothing: what throws undoes all that was written, and so does answering `undefined`. */
  readonly writing: <Value>(write: () => Value | undefined) => Value | undefined;
}

/** Texts of queries with many optional parts could otherwise pile up. */
const keptMax = 500;

export const connectionOn = (driver: Driver): Connection => {
  const checkPlace = refuseMoved(driver);
  const keeper = (prepare: (sql: string) => Statement<Bindable[]>): ((sql: string) => Statement<Bindable[]>) => {
    const kept = new Map<string, Statement<Bindable[]>>();
    return (sql) => {
      const known = kept.get(sql);
      if (known !== undefined) return known;
      if (kept.size >= keptMax) kept.clear();
      const statement = prepare(sql);
      kept.set(sql, statement);
      return statement;
    };
  };
  const statement = keeper((sql) => driver.prepare<Bindable[]>(sql));
  const rows = keeper((sql) => driver.prepare<Bindable[]>(sql).raw(true));
  const values = keeper((sql) => driver.prepare<Bindable[]>(sql).pluck(true));

  const inTransaction = <Value>(begin: string, run: () => Value, keeps: (value: Value) => boolean): Value => {
    statement(begin).run();
    try {
      const value = run();
      statement(keeps(value) ? 'COMMIT' : 'ROLLBACK').run();
      return value;
    } catch (error) {
      // Some failures, a full disk among them, have ended the transaction already.
      if (driver.inTransaction) statement('ROLLBACK').run();
      throw error;
    }
  };

  return {
    driver,
    statement,
    rows: rows as Connection['rows'],
    values: values as Connection['values'],
    reading: (read) => inTransaction('BEGIN', read, () => true),
    writing: (write) => {
      checkPlace();
      return inTransaction('BEGIN IMMEDIATE', write, (value) => value !== undefined);
    },
  };
};
