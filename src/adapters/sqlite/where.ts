/**
 * Conditions on fields, by the equality of JSON: 1 is not "1", true is not 1, null is not
 * absent, objects are equal by canonical form.
 *
 * SQL answers a simpler question that lets through too much and never too little, and that an
 * index can answer; what it lets through is compared here. Where it could let through too
 * little (fractions, which SQLite may read a last bit differently) it is not asked.
 */
import { canonicalJson, sameJson } from '../../domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { ResourceQuery } from '../../application/ports/event-store.js';
import type { Bindable } from '../sqlite-file/connection.js';

export interface Condition {
  readonly sql: string;
  readonly values: readonly Bindable[];
}

type Where = NonNullable<ResourceQuery['where']>;

const acceptedBy = (wanted: Where[string]): readonly Json[] =>
  Array.isArray(wanted) ? (wanted as readonly Json[]) : [wanted];

export const matches = (fields: JsonObject, where: Where | undefined): boolean =>
  where === undefined ||
  Object.entries(where).every(([field, wanted]) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    return value !== undefined && acceptedBy(wanted).some((accepted) => sameJson(accepted, value));
  });

export const conditionsOn = (where: Where | undefined): readonly Condition[] =>
  Object.entries(where ?? {}).flatMap(([field, wanted]) => conditionOn(field, acceptedBy(wanted)) ?? []);

const conditionOn = (field: string, accepted: readonly Json[]): Condition | undefined => {
  const extract = fieldExpression(field);
  if (extract === undefined) return undefined;
  const others = accepted.filter((value) => value !== null).map(boundValue);
  if (others.some((value) => value === undefined)) return undefined;
  const values = others as readonly Bindable[];
  const parts = [
    ...(values.length > 0 ? [`${extract} IN (${values.map(() => '?').join(', ')})`] : []),
    ...(accepted.includes(null) ? [`${extract} IS NULL`] : []),
  ];
  return parts.length === 0 ? { sql: '0', values: [] } : { sql: `(${parts.join(' OR ')})`, values };
};

/** What a field's value is in SQL, word for word as its index has it; undefined for names that a path cannot quote. */
export const fieldExpression = (field: string): string | undefined =>
  // oxlint-disable-next-line no-control-regex -- JSON writes these escaped, and a path would look for them unescaped
  /["\\\u0000-\u001f]/.test(field) ? undefined : `json_extract(fields, '$."${field.replaceAll("'", "''")}"')`;

const boundValue = (value: Json): Bindable | undefined => {
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
