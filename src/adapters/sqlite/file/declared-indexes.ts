/**
 * Indexes that a policy declares on fields, for lists by `where`: one for each type and field,
 * made and dropped until they are what was declared.
 */
import type { Base } from '../base.js';
import { fieldExpression } from '../reading/where.js';

const prefix = 'declared_';

export const declareIndexes = (indexes: ReadonlyMap<string, readonly string[]>, base: Base): 'declared' => {
  const { connection, types } = base;
  const wanted = new Map<string, string>();
  for (const [resourceType, fields] of indexes) {
    if (fields.length === 0) continue;
    const type = types.idFor(resourceType);
    for (const field of fields) {
      const expression = fieldExpression(field);
      if (expression === undefined) continue;
      wanted.set(`${prefix}${type}_${Buffer.from(field).toString('hex')}`, `(${expression}) WHERE type = ${type}`);
    }
  }
  const standing = new Set(namesOf(base));
  for (const name of standing) if (!wanted.has(name)) connection.driver.exec(`DROP INDEX ${name}`);
  for (const [name, definition] of wanted)
    if (!standing.has(name)) connection.driver.exec(`CREATE INDEX ${name} ON resource ${definition}`);
  return 'declared';
};

/** Whether nothing is to be done: usual when a file is opened again, and found out without writing. */
export const areDeclared = (indexes: ReadonlyMap<string, readonly string[]>, base: Base): boolean => {
  const names = new Set<string>();
  for (const [resourceType, fields] of indexes) {
    const type = base.types.find(resourceType);
    for (const field of fields) {
      if (fieldExpression(field) === undefined) continue;
      if (type === undefined) return false;
      names.add(`${prefix}${type}_${Buffer.from(field).toString('hex')}`);
    }
  }
  const standing = namesOf(base);
  return standing.length === names.size && standing.every((name) => names.has(name));
};

const namesOf = ({ connection }: Base): readonly string[] =>
  connection.values<string>(`SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB '${prefix}*'`).all();
