/**
 * A policy says which strategy applies to which type, field and kind of conflict, and
 * what the merge units are. It is data where it uses shipped strategies, and has a
 * fingerprint that covers every name, version and option in it: replicas with equal
 * fingerprints and equal events agree to the byte.
 */
import type { ReknitEvent } from '../events/event.js';
import type { AnyResource } from '../resource-definition/any-resource.js';
import type { Json, JsonObject } from '../shared/json.js';
import type { ConflictType, MergeStrategy, Unit } from './merge-strategy.js';
import type { FieldKind } from '../fields/field-kind.js';

/** A unit as the merge handles it: `key` is unique within its resource type. */
export interface UnitRule {
  readonly key: string;
  readonly unit: Unit;
  readonly kind: FieldKind;
}

/** A field that refers to other resources. */
export interface ReferenceRule {
  readonly field: string;
  readonly targetType: string;
}

/** What the policy says of one resource type; also given for types it does not declare. */
export interface TypeRules {
  readonly resourceType: string;
  /** Every field belongs to exactly one unit; asking for an undeclared one is fine. */
  readonly unitOf: (field: string) => UnitRule;
  /** The unit with this key (of `unitOf(field).key`). */
  readonly unitByKey: (key: string) => UnitRule;
  readonly strategyFor: (unit: Unit, conflictType: ConflictType) => MergeStrategy;
  readonly references: readonly ReferenceRule[];
  /** Every field is a register and a unit by itself, with its name as the key, so no unit's rule need be looked up. */
  readonly registersOnly: boolean;
  /** Groups or whole-resource granularity: some unit holds more than one field. */
  readonly hasComposites: boolean;
  /** Some strategy that can apply to this type reads `base`. */
  readonly usesBase: boolean;
  /** Some strategy that can apply to this type reads `priority`. */
  readonly usesPriority: boolean;
  /** The field that gives a sibling its priority (R22). */
  readonly priorityField: string;
  /** Fields with an index, for `list`. */
  readonly indexes: readonly string[];
  /** The author's check of a new value, and of what a strategy returns: the problem in words, or nothing. */
  readonly validate: (field: string, value: unknown) => string | undefined;
  /** The event as this policy's version of the type understands it; the very event where there is nothing to change. */
  readonly read: (event: ReknitEvent) => ReknitEvent;
  /** The definition, where the type is declared: its version, defaults, upcast and fields. */
  readonly definition?: AnyResource;
}

/** A policy, ready to merge by. */
export interface Policy {
  readonly name: string;
  readonly version: number;
  /** SHA-256, in hex, of the canonical form of `data` without field defaults, indexes and names of schema libraries. */
  readonly fingerprint: string;
  /** The policy as plain data. */
  readonly data: JsonObject;
  /** Whether `data` alone can rebuild it (no custom strategies or schemas). */
  readonly isData: boolean;
  readonly rulesFor: (resourceType: string) => TypeRules;
  /** The priority the policy gives an agent, if any (R22). */
  readonly agentPriority: (agentId: string) => number | undefined;
  readonly hasReferences: boolean;
  /** Declared indexes: type to fields. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  /** What readers are shown where a field is absent: type to field to value. */
  readonly defaults: ReadonlyMap<string, ReadonlyMap<string, Json>>;
}
