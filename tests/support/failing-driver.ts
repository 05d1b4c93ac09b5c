/**
 * Storage calls that fail when a test says so, beneath everything that this project wrote: each
 * call of the database driver is counted, and from the n-th on the driver throws what SQLite
 * throws when the disk is full, fails or is held.
 *
 * The calls are those of statements, however they were prepared, and preparing and executing.
 * A rollback never fails: SQLite ends a transaction whatever the disk says. As SQLite does, a
 * full or failing disk ends the open transaction by itself before the error is thrown.
 */
import Database, { type Database as Driver } from 'better-sqlite3';

export type InjectedCode = 'SQLITE_FULL' | 'SQLITE_IOERR_WRITE' | 'SQLITE_IOERR_FSYNC' | 'SQLITE_BUSY';

export interface Fault {
  /** The call, from 1, that fails first. */
  readonly at: number;
  readonly code: InjectedCode;
  /** How many calls fail from there on. */
  readonly calls: number;
}

export interface FailingDriver {
  /** Counts from zero again, and fails as said; without a fault it only counts. */
  readonly arm: (fault?: Fault) => void;
  /** Ends the fault; answers how many calls there were and whether one failed. */
  readonly heal: () => { readonly calls: number; readonly hasFailed: boolean };
  readonly restore: () => void;
}

interface Counted {
  readonly database?: Driver;
  readonly source?: string;
}

const endsBySelf: ReadonlySet<InjectedCode> = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC']);

/** Takes hold of the driver in this process, until `restore`. */
export const failingDriver = (): FailingDriver => {
  let fault: Fault | undefined;
  let isArmed = false;
  let calls = 0;
  let hasFailed = false;
  const originals: (() => void)[] = [];

  const beforeCall = (driver: Driver, text: string): void => {
    if (!isArmed || /^\s*ROLLBACK/i.test(text)) return;
    calls += 1;
    if (fault === undefined || calls < fault.at || calls >= fault.at + fault.calls) return;
    hasFailed = true;
    if (endsBySelf.has(fault.code) && driver.inTransaction) endTransaction(driver);
    throw new Database.SqliteError(`injected at call ${calls}: ${text.trim().slice(0, 60)}`, fault.code);
  };

  const endTransaction = (driver: Driver): void => {
    isArmed = false;
    try {
      driver.exec('ROLLBACK');
    } catch {
      // While rows are being read the driver lets nobody end it: then it stays open, as after some errors it does.
    }
    isArmed = true;
  };

  const wrap = (
    owner: object,
    name: string,
    describe: (self: Counted, first: unknown) => readonly [Driver, string],
  ) => {
    const methods = owner as Record<string, (...given: unknown[]) => unknown>;
    const original = methods[name];
    if (original === undefined) throw new Error(`the driver has no ${name}`);
    methods[name] = function counted(this: Counted, ...given: unknown[]): unknown {
      beforeCall(...describe(this, given[0]));
      return original.apply(this, given);
    };
    originals.push(() => {
      methods[name] = original;
    });
  };

  const probe = new Database(':memory:');
  const statements: object = Object.getPrototypeOf(probe.prepare('SELECT 1')) as object;
  probe.close();
  const ofStatement = ({ database, source }: Counted): readonly [Driver, string] => [database as Driver, source ?? ''];
  for (const name of ['run', 'get', 'all', 'iterate']) wrap(statements, name, ofStatement);
  for (const name of ['prepare', 'exec'])
    wrap(Database.prototype, name, (self, sql) => [self as unknown as Driver, String(sql)]);

  return {
    arm: (next) => {
      fault = next;
      calls = 0;
      hasFailed = false;
      isArmed = true;
    },
    heal: () => {
      isArmed = false;
      fault = undefined;
      return { calls, hasFailed };
    },
    restore: () => {
      for (const restore of originals) restore();
    },
  };
};
