/**
 * Conditions on fields, as a question that SQL can answer and an index can help with. It lets
 * through too much and never too little; what it lets through is compared by the equality of JSON
 * afterwards. Where it could let through too little (fractions, which SQLite may read a last bit
 * differently, and long values, which stand elsewhere) it is not asked.
 */
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import type { Json } from '../../../domain/shared/json.js';
import { isLong } from '../../../domain/shared/pieces.js';
import type { ResourceQuery } from '../../../application/ports/event-store.js';
import { absentMayMatch, acceptedBy } from '../../../application/ports/resource-conditions.js';
import type { Bindable } from '../../sqlite-file/connection.js';

export interface Condition {
  readonly sql: string;
  readonly values: readonly Bindable[];
}

export const conditionsOn = (query: ResourceQuery): readonly Condition[] =>
  Object.entries(query.where ?? {}).flatMap(
    ([field, wanted]) => conditionOn(field, acceptedBy(wanted), absentMayMatch(field, query)) ?? [],
  );

const conditionOn = (field: string, accepted: readonly Json[], orAbsent: boolean): Condition | undefined => {
  const extract = fieldExpression(field);
  if (extract === undefined) return undefined;
  const others = accepted.filter((value) => value !== null).map(boundValue);
  if (others.some((value) => value === undefined)) return undefined;
  const values = others as readonly Bindable[];
  const parts = [
    ...(values.length > 0 ? [`${extract} IN (${values.map(() => '?').join(', ')})`] : []),
    ...(orAbsent || accepted.includes(null) ? [`${extract} IS NULL`] : []),
  ];
  return parts.length === 0 ? { sql: '0', values: [] } : { sql: `(${parts.join(' OR ')})`, values };
};

/** What a field's value is in SQL, word for word as its index has it; undefined for names that a path cannot quote. */
export const fieldExpression = (field: string): string | undefined =>
  // oxlint-disable-next-line no-control-regex -- JSON writes these escaped, and a path would look for them unescaped
  /["\\\u0000-\u001f]/.test(field) ? undefined : `json_extract(fields, '$."${field.replaceAll("'", "''")}"')`;

const boundValue = (value: Json): Bindable | undefined => {
  if (isLong(value)) return undefined;
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'number':
      return Number.isSafeInteger(value) ? value : undefined;
    default:
      return canonicalJson(value);
  }
};
