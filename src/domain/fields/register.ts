/**
 * A register holds one JSON value; a write replaces what it has seen.
 *
 * An object whose keys all begin with `$` looks like an operation of another field kind.
 * Its author is told so before it is recorded; on import it is taken literally, since
 * whether an event is valid must not depend on who declares which fields (R4, R35).
 */
import { checkMembers, type Members } from '../shared/check-argument.js';
import { jsonProblem } from '../shared/json-check.js';
import { isJsonObject, type Json } from '../shared/json.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import type { MergeStrategy } from '../strategies/merge-strategy.js';
import { checkValueStrategy } from '../strategies/strategy-check.js';
import type { AnyField, FieldDefinition } from './field-definition.js';
import type { FieldKind } from './field-kind.js';
import { isSchema, schemaCheck, type SchemaOf } from './schema.js';

/** The kind of every field that is not declared otherwise. */
export const registerKind: FieldKind & { readonly name: 'register' } = {
  name: 'register',
  refuse: (value) => {
    if (!isJsonObject(value)) return undefined;
    const operator = Object.keys(value).find((key) => key.startsWith('$'));
    return operator === undefined
      ? undefined
      : {
          code: 'reserved_operator',
          message: `"${operator}" is an operation, and this field is a register: write the whole new value instead`,
        };
  },
};

/** What one says of a register. */
export interface RegisterOptions<Value> {
  /** Decides this field's conflicts; without it the resource's and the policy's rules do. */
  readonly strategy?: MergeStrategy<Value>;
  /** Shown where nothing was ever written; with one the field never reads as undefined. */
  readonly default?: Value;
}

type WithDefault<Value> = RegisterOptions<Value> & { readonly default: Value };

/** A field whose concurrent writes conflict unless they agree. Read is the value, or also undefined without a default. */
export type Register<Value, Read = Value | undefined> = FieldDefinition<Value, 'register', Value, Read>;

/** The same type, but nothing is inferred through it; `NoInfer` would stay visible in what is returned. */
type Said<Value> = [Value][Value extends unknown ? 0 : never];

/** Declares a field that holds one value. With a schema it is checked at the author and typed by it; a default is shown where nothing was written. */
export function register<Value>(schema: SchemaOf<Value>, options: WithDefault<NoInfer<Value>>): Register<Value, Value>;
export function register<Value>(schema: SchemaOf<Value>, options?: RegisterOptions<NoInfer<Value>>): Register<Value>;
// Without a schema it is any JSON, or what the caller says; never what the place where it stands would allow.
export function register<Value = Json>(
  schema: undefined,
  options: WithDefault<NoInfer<Value>>,
): Register<Said<Value>, Said<Value>>;
export function register<Value = Json>(
  schema?: undefined,
  options?: RegisterOptions<NoInfer<Value>>,
): Register<Said<Value>>;
export function register(schema?: SchemaOf<unknown>, options: RegisterOptions<unknown> = {}): Register<unknown> {
  if (schema !== undefined && !isSchema(schema))
    throw invalidPolicy(
      'register takes a schema that follows Standard Schema, such as one of zod, valibot or arktype, or none',
    );
  checkMembers('register', options, { strategy: true, default: true } satisfies Members<RegisterOptions<unknown>>);
  if (options.strategy !== undefined) checkValueStrategy(options.strategy, 'register');
  const check = schema === undefined ? undefined : schemaCheck(schema);
  return {
    kind: registerKind,
    options: {},
    ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
    ...(schema === undefined ? {} : { schema: schema['~standard'].vendor }),
    ...(check === undefined ? {} : { validate: check }),
    ...defaultOf(options.default, check),
  };
}

const defaultOf = (value: unknown, check: AnyField['validate']): Pick<AnyField, 'default'> => {
  if (value === undefined) return {};
  const problem =
    jsonProblem(value, 'it', 1) ?? registerKind.refuse(value as Json, 'create', undefined)?.message ?? check?.(value);
  if (problem !== undefined)
    throw invalidPolicy(`the default of a register does not fit: ${problem}`, { default: value });
  return { default: deepFreeze(value as Json) };
};
