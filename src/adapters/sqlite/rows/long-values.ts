/**
 * Long texts and lists of resources, read from their pieces and written as far as they changed.
 *
 * Those used last are held in memory, as they stand in the file: who types in a long text does not read it anew for
 * each keystroke, and knows its pieces. What is held is given up when another process commits, or something is undone.
 */
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import { deepFreeze } from '../../../domain/shared/deep-freeze.js';
import type { Json, JsonObject } from '../../../domain/shared/json.js';
import { cut, isLong, recut, type LongValue } from '../../../domain/shared/pieces.js';
import type { Connection } from '../../sqlite-file/connection.js';

export interface LongValues {
  /** @param longFields the column of that name */
  readonly read: (resource: number, longFields: string) => JsonObject;
  /** Of a resource that has none yet, all are written. What is not among them any more goes. */
  readonly write: (resource: number, before: string | null, long: JsonObject) => void;
  readonly forget: () => void;
}

interface Piece {
  readonly n: number;
  readonly place: number;
  readonly length: number;
}

interface Held {
  readonly value: LongValue;
  readonly pieces: readonly Piece[];
}

/** Code units and items that are held in all: some eight long books, in at most 32 MB. */
const heldUnitsMax = 8_000_000;
/** Between neighbours at first: there is room for thirty more in one place before all are numbered anew. */
const placeStep = 2 ** 30;

/** The fields apart: those that stand in the row, and those that stand in pieces. */
export const apart = (fields: JsonObject): { readonly short: JsonObject; readonly long: JsonObject | undefined } => {
  let long: Record<string, Json> | undefined;
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (isLong(value)) (long ??= {})[field] = value;
  }
  if (long === undefined) return { short: fields, long };
  const short = Object.create(null) as Record<string, Json>;
  for (const field of Object.keys(fields)) if (!Object.hasOwn(long, field)) short[field] = fields[field] as Json;
  return { short, long };
};

/** What the column `long_fields` says. */
export const longFieldsText = (long: JsonObject): string =>
  canonicalJson(Object.fromEntries(Object.entries(long).map(([field, value]) => [field, formOf(value as LongValue)])));

const formOf = (value: LongValue): 'text' | 'list' => (typeof value === 'string' ? 'text' : 'list');

export const longValuesIn = (connection: Connection): LongValues => {
  const held = new Map<string, Held>();
  let heldUnits = 0;
  const keyOf = (resource: number, field: string): string => `${resource} ${field}`;

  const drop = (key: string): void => {
    heldUnits -= held.get(key)?.value.length ?? 0;
    held.delete(key);
  };

  const hold = (key: string, entry: Held): void => {
    drop(key);
    if (entry.value.length > heldUnitsMax) return;
    held.set(key, entry);
    heldUnits += entry.value.length;
    for (const oldest of held.keys()) {
      if (heldUnits <= heldUnitsMax) break;
      drop(oldest);
    }
  };

  const load = (resource: number, field: string, form: unknown): Held => {
    const rows = connection
      .rows<readonly [n: number, place: number, length: number, body: string]>(
        'SELECT n, place, length, body FROM piece WHERE resource = ? AND field = ? ORDER BY place',
      )
      .all(resource, field);
    const bodies = rows.map(([, , , body]) => body);
    const text = form === 'text' ? `"${bodies.join('')}"` : `[${bodies.join(',')}]`;
    // Whoever is given it holds the very value that is compared with later.
    const value = frozen(JSON.parse(text) as LongValue);
    return { value, pieces: rows.map(([n, place, length]) => ({ n, place, length })) };
  };

  const heldOf = (resource: number, field: string, form: unknown): Held => {
    const key = keyOf(resource, field);
    const entry = held.get(key) ?? load(resource, field, form);
    hold(key, entry);
    return entry;
  };

  const remove = (pieces: readonly Piece[]): void => {
    const statement = connection.statement('DELETE FROM piece WHERE n = ?');
    for (const { n } of pieces) statement.run(n);
  };

  const insert = (resource: number, field: string, place: number, value: LongValue): Piece => {
    const { lastInsertRowid } = connection
      .statement('INSERT INTO piece (resource, field, place, length, body) VALUES (?, ?, ?, ?, ?)')
      .run(resource, field, place, value.length, bodyOf(value));
    return { n: Number(lastInsertRowid), place, length: value.length };
  };

  const insertAll = (resource: number, field: string, value: LongValue): readonly Piece[] =>
    cut(value).map((piece, index) => insert(resource, field, (index + 1) * placeStep, piece));

  /** Between two neighbours; undefined where there is no room for so many. */
  const placesBetween = (before: number, after: number | undefined, count: number): readonly number[] | undefined => {
    const step = after === undefined ? placeStep : Math.floor((after - before) / (count + 1));
    return step < 1 ? undefined : Array.from({ length: count }, (_, index) => before + (index + 1) * step);
  };

  const change = (
    resource: number,
    field: string,
    { value: before, pieces }: Held,
    value: LongValue,
  ): readonly Piece[] => {
    const { keptBefore, keptAfter, fresh } = recut(
      before,
      pieces.map(({ length }) => length),
      value,
    );
    const first = pieces.slice(0, keptBefore);
    const replaced = pieces.slice(keptBefore, pieces.length - keptAfter);
    const last = pieces.slice(pieces.length - keptAfter);
    const update = connection.statement('UPDATE piece SET length = ?, body = ? WHERE n = ?');
    const changed = replaced.slice(0, fresh.length).map((piece, index): Piece => {
      const { length } = fresh[index] as LongValue;
      update.run(length, bodyOf(fresh[index] as LongValue), piece.n);
      return { ...piece, length };
    });
    remove(replaced.slice(changed.length));
    const more = fresh.slice(changed.length);
    const places = placesBetween(changed.at(-1)?.place ?? first.at(-1)?.place ?? 0, last[0]?.place, more.length);
    if (places === undefined) {
      remove([...first, ...changed, ...last]);
      return insertAll(resource, field, value);
    }
    return [
      ...first,
      ...changed,
      ...more.map((piece, index) => insert(resource, field, places[index] as number, piece)),
      ...last,
    ];
  };

  return {
    read: (resource, longFields) => {
      const forms = JSON.parse(longFields) as JsonObject;
      return Object.fromEntries(
        Object.entries(forms).map(([field, form]) => [field, heldOf(resource, field, form).value]),
      );
    },
    write: (resource, before, long) => {
      const forms = before === null ? {} : (JSON.parse(before) as JsonObject);
      for (const [field, form] of Object.entries(forms)) {
        if (Object.hasOwn(long, field) && formOf(long[field] as LongValue) === form) continue;
        connection.statement('DELETE FROM piece WHERE resource = ? AND field = ?').run(resource, field);
        drop(keyOf(resource, field));
      }
      for (const [field, given] of Object.entries(long)) {
        const value = frozen(given as LongValue);
        const wasThere = Object.hasOwn(forms, field) && forms[field] === formOf(value);
        const pieces = wasThere
          ? change(resource, field, heldOf(resource, field, forms[field]), value)
          : insertAll(resource, field, value);
        hold(keyOf(resource, field), { value, pieces });
      }
    },
    forget: () => {
      held.clear();
      heldUnits = 0;
    },
  };
};

/** What is frozen already, as nearly all items of a list are that was changed somewhere, is not looked into again. */
const frozen = (value: LongValue): LongValue => {
  if (typeof value === 'string' || Object.isFrozen(value)) return value;
  for (const item of value) if (typeof item === 'object' && !Object.isFrozen(item)) deepFreeze(item);
  return Object.freeze(value);
};

/** JSON without the quotes or brackets around it. */
const bodyOf = (value: LongValue): string =>
  typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : value.map(canonicalJson).join(',');
