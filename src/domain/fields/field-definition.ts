/**
 * A field as a resource declares it: its kind, and what was said about it there.
 *
 * Builders such as `register` make one; a new kind brings its own builder and fits in without
 * a change here. The type parameters exist for the compiler alone: they say what a strategy
 * merges, what an update may carry and what a reader finds.
 */
import type { Json, JsonObject } from '../shared/json.js';
import type { AnyStrategy } from '../strategies/any-strategy.js';
import type { FieldKind } from './field-kind.js';

declare const types: unique symbol;

/** What the compiler knows of a field. */
export interface FieldTypes {
  /** The plain value: what `create` takes and strategies decide about. */
  readonly value: unknown;
  /** What `update` takes: the plain value, or an operation of the kind. */
  readonly write: unknown;
  /** What a view shows; with `undefined` where the field can be absent. */
  readonly read: unknown;
}

/** A field of any type, as it is at run time. */
export interface AnyField {
  readonly kind: FieldKind;
  /** What the kind was built with; part of the policy's data, from which the builder makes it again. */
  readonly options: JsonObject;
  /** Decides conflicts of this field; only kinds that can have conflicts take one. */
  readonly strategy?: AnyStrategy;
  /** What a view shows where the field is absent. */
  readonly default?: Json;
  readonly reference?: ReferenceTarget;
  /** Names the schema's maker; a schema is code, so a policy with one is not data alone. */
  readonly schema?: string;
  /** What is wrong with a value or operation, in words. */
  readonly validate?: (value: unknown) => string | undefined;
  readonly [types]?: FieldTypes;
}

export interface ReferenceTarget {
  readonly targetType: string;
  /** Decides when the target was deleted concurrently; without it the resource's and the policy's rules do. */
  readonly onDelete?: AnyStrategy;
}

/** A declared field that still knows its types. */
export interface FieldDefinition<
  Value,
  Kind extends string = string,
  Write = Value,
  Read = Value | undefined,
> extends AnyField {
  readonly kind: FieldKind & { readonly name: Kind };
  readonly [types]?: { readonly value: Value; readonly write: Write; readonly read: Read };
}

type TypesOf<Field extends AnyField> = NonNullable<Field[typeof types]>;

/** The plain value of a field: what `create` takes and a strategy decides about. */
export type ValueOf<Field extends AnyField> = TypesOf<Field>['value'];
/** What `update` takes for a field: its plain value, or an operation of its kind. */
export type WriteOf<Field extends AnyField> = TypesOf<Field>['write'];
/** What a view shows of a field; with `undefined` where it can be absent. */
export type ReadOf<Field extends AnyField> = TypesOf<Field>['read'];
