/**
 * Texts that stand in the file once and are named by small integers: agents, types, policies.
 *
 * Entries are never changed or removed, so what was looked up stays true whoever else writes;
 * only a transaction that is undone takes back the entries it made. What is not there is never
 * remembered, since another process may add it.
 */
import type { Connection } from './connection.js';

export interface TextDictionary {
  /** Undefined where the file does not have the text. */
  readonly find: (text: string) => number | undefined;
  /** Adds the text where it is missing: only while writing. */
  readonly idFor: (text: string) => number;
  readonly textOf: (id: number) => string;
  readonly forget: () => void;
}

/** Entries kept in memory; looking one up again costs a microsecond. */
const entriesMax = 20_000;

export const textDictionary = (connection: Connection, table: string, column: string): TextDictionary => {
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();
  const remember = (text: string, id: number): number => {
    if (ids.size >= entriesMax) forget();
    ids.set(text, id);
    texts.set(id, text);
    return id;
  };
  const forget = (): void => {
    ids.clear();
    texts.clear();
  };
  const find = (text: string): number | undefined => {
    const known = ids.get(text);
    if (known !== undefined) return known;
    const id = connection.values<number>(`SELECT id FROM ${table} WHERE ${column} = ?`).get(text);
    return id === undefined ? undefined : remember(text, id);
  };
  return {
    find,
    idFor: (text) =>
      find(text) ??
      remember(
        text,
        Number(connection.statement(`INSERT INTO ${table} (${column}) VALUES (?)`).run(text).lastInsertRowid),
      ),
    textOf: (id) => {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = connection.values<string>(`SELECT ${column} FROM ${table} WHERE id = ?`).get(id) ?? '';
      remember(text, id);
      return text;
    },
    forget,
  };
};
