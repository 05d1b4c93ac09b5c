/**
 * A resource definition of any type, as the policy holds it: all facts, no generics. What a
 * caller of `defineResource` sees is the typed `ResourceDefinition` on top of it.
 */
import type { AnyField } from '../fields/field-definition.js';
import type { Json, JsonObject } from '../shared/json.js';
import type { AnyStrategy } from '../strategies/any-strategy.js';
import type { StrategyByConflict } from '../strategies/by-conflict-rules.js';

/** Fields by name. */
export type FieldMap = Readonly<Record<string, AnyField>>;

/** What is merged as one value: each field or group by itself, or all registers of the resource together. */
export type Granularity = 'field' | 'resource';

/**
 * By the version that an event has: brings its payload to the form of the next version. Pure, and
 * total for what that version wrote; a version whose payloads are those of the next needs none.
 */
export type Upcast = Readonly<Record<number, (payload: JsonObject) => JsonObject>>;

/** A declared resource type, without its types. */
export interface AnyResource {
  readonly resourceType: string;
  readonly version: number;
  readonly fields: FieldMap;
  readonly groups: readonly GroupDefinition[];
  /** What a view shows where a field is absent. */
  readonly defaults: ReadonlyMap<string, Json>;
  /** Sorted, as the order in which one names them means nothing. */
  readonly indexes: readonly string[];
  readonly granularity: Granularity;
  readonly strategy?: AnyStrategy;
  readonly byConflict: StrategyByConflict;
  readonly priorityField: string;
  readonly upcast?: Upcast;
}

/** Fields that are merged as one value. */
export interface GroupDefinition {
  readonly name: string;
  /** Sorted, as the order in which one names them means nothing. */
  readonly fields: readonly string[];
  readonly strategy?: AnyStrategy;
}

/** The field that gives a write its priority, unless a definition names another (R22). */
export const defaultPriorityField = 'priority';
