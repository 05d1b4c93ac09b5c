/**
 * Small facts about the file that would otherwise be asked for at every call, mostly "there is
 * nothing of that kind". They hold until another process commits, which SQLite's data version
 * tells, or until something is undone.
 */
import type { Connection } from '../sqlite-file/connection.js';

export interface Remembered {
  /** To be called first in every transaction: forgets what another process may have changed. */
  readonly refresh: () => void;
  /** After something was undone. */
  readonly forget: () => void;
  /** After this process changed what is waiting, void or referred to. */
  readonly countAgain: () => void;
  readonly parkedCount: () => number;
  readonly hasVariants: () => boolean;
  readonly hasVoids: () => boolean;
  readonly hasReferences: () => boolean;
  /** Whether any long value stands in pieces. */
  readonly hasPieces: () => boolean;
}

export const rememberedOf = (connection: Connection, forgetOthers: () => void): Remembered => {
  let version: number | undefined;
  const facts = new Map<string, number>();
  const forget = (): void => {
    facts.clear();
    forgetOthers();
  };
  const fact = (sql: string): number => {
    const known = facts.get(sql);
    if (known !== undefined) return known;
    const value = connection.values<number>(sql).get() ?? 0;
    facts.set(sql, value);
    return value;
  };
  return {
    refresh: () => {
      const now = connection.values<number>('PRAGMA data_version').get();
      if (now === version) return;
      version = now;
      forget();
    },
    forget,
    countAgain: () => facts.clear(),
    parkedCount: () => fact('SELECT count(*) FROM parked'),
    hasVariants: () => fact('SELECT EXISTS (SELECT 1 FROM variant)') === 1,
    hasVoids: () => fact('SELECT EXISTS (SELECT 1 FROM void_node)') === 1,
    hasPieces: () => fact('SELECT EXISTS (SELECT 1 FROM piece)') === 1,
    hasReferences: () => fact('SELECT EXISTS (SELECT 1 FROM reference)') === 1,
  };
};
