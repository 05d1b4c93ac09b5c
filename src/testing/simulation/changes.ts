/**
 * What people write: values and operations for every kind of field, drawn from one number and from what the writer
 * sees. Few different values, so that they often meet, agree or collide.
 */
import type { AnyField } from '../../domain/fields/field-definition.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { createRandom, type Random } from './random.js';

/** Fields of a type that nobody declared. */
const undeclared = ['status', 'title', 'note'];

/** For a new resource, or, with what is there, for a change of it. */
export const drawPayload = (policy: Policy, resourceType: string, value: number, seen?: JsonObject): JsonObject => {
  const random = createRandom(value);
  const fields = policy.rulesFor(resourceType).definition?.fields ?? {};
  const names = [...Object.keys(fields), ...(random.chance(0.1) || Object.keys(fields).length === 0 ? undeclared : [])];
  const chosen = new Set(Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => random.pick(names)));
  return Object.fromEntries(
    [...chosen].map((name) => [
      name,
      fieldValue(random, fields[name], seen === undefined ? undefined : (seen[name] ?? null)),
    ]),
  );
};

const plain: readonly Json[] = ['todo', 'doing', 'done', 1, 2, true, null, 'ä', { of: 'two' }, ['a', 1]];
const members: readonly string[] = ['red', 'green', 'blue', '1'];

const fieldValue = (random: Random, field: AnyField | undefined, seen: Json | undefined): Json => {
  const isNew = seen === undefined || random.chance(0.05);
  switch (field?.kind.name) {
    case 'counter':
      return isNew ? random.below(3) : { $increment: random.between(-3, 5) };
    case 'set':
      return isNew ? someOf(random, members) : setChange(random);
    case 'list':
      return isNew
        ? someOf(random, members)
        : spliceOf(random, Array.isArray(seen) ? seen.length : 0, (count) => someOf(random, members).slice(0, count));
    case 'text':
      return isNew
        ? letters(random, 4)
        : spliceOf(random, typeof seen === 'string' ? seen.length : 0, (count) => letters(random, count));
    default:
      return field?.reference === undefined ? valid(random, field) : random.pick(['0', '1', null]);
  }
};

/** A schema may want something that nobody could guess: then null stands, and the author may be refused. */
const valid = (random: Random, field: AnyField | undefined): Json => {
  for (let attempt = 0; attempt < plain.length; attempt += 1) {
    const value = random.pick(plain);
    if (field?.validate?.(value) === undefined) return value;
  }
  return null;
};

const setChange = (random: Random): Json => {
  const added = random.chance(0.7) ? { $add: [random.pick(members)] } : {};
  const removed = random.chance(0.4) ? { $remove: [random.pick(members)] } : {};
  return Object.keys({ ...added, ...removed }).length === 0 ? { $add: ['red'] } : { ...added, ...removed };
};

const spliceOf = (random: Random, length: number, inserted: (count: number) => Json): Json => {
  const index = random.between(0, length);
  return { $splice: [[index, random.between(0, Math.min(2, length - index)), inserted(random.below(3))]] };
};

const someOf = (random: Random, items: readonly string[]): string[] => items.filter(() => random.chance(0.4));

const letters = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick(['a', 'b', 'c', ' '])).join('');
