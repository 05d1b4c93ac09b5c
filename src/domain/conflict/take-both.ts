/**
 * What "take both" means, where it means anything: of arrays all items, each once; of objects the members that one
 * side alone changed since the common base, and inside of members that both changed the same again. For all else
 * there is no value that is both: two texts side by side are a third text that nobody wrote.
 */
import { sameJson } from '../shared/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import type { ConflictCase } from '../strategies/merge-strategy.js';
import { union } from '../strategies/union.js';

/** Undefined where there is no such value. */
export const takeBoth = (conflict: ConflictCase): { readonly value: Json } | undefined => {
  const { unit, siblings, base } = conflict;
  if (unit.kind === 'existence' || unit.kind === 'dependency') return undefined;
  const values = siblings.map(({ value }) => value);
  if (values.every((value) => Array.isArray(value))) {
    const decision = union().decide(conflict);
    return 'value' in decision && decision.value !== undefined ? { value: decision.value } : undefined;
  }
  return mergedObjects(values, base);
};

const mergedObjects = (
  values: readonly (Json | undefined)[],
  base: Json | undefined,
): { readonly value: JsonObject } | undefined => {
  if (!values.every(isJsonObject) || (base !== undefined && !isJsonObject(base))) return undefined;
  const merged = new Map<string, Json>();
  const names = new Set([...values.flatMap((value) => Object.keys(value)), ...Object.keys(base ?? {})]);
  for (const name of [...names].sort()) {
    const member = mergedMember(
      values.map((value) => own(value, name)),
      own(base, name),
    );
    if (member === undefined) return undefined;
    if (member.value !== undefined) merged.set(name, member.value);
  }
  return { value: Object.fromEntries(merged) };
};

/** Undefined where both changed it to different things. */
const mergedMember = (
  values: readonly (Json | undefined)[],
  base: Json | undefined,
): { readonly value: Json | undefined } | undefined => {
  const changed = values.filter((value) => !sameJson(value, base));
  const [first, ...others] = changed;
  if (changed.length === 0) return { value: base };
  if (others.every((other) => sameJson(other, first))) return { value: first };
  return mergedObjects(changed, base);
};

const own = (value: JsonObject | undefined, name: string): Json | undefined =>
  value !== undefined && Object.hasOwn(value, name) ? value[name] : undefined;
