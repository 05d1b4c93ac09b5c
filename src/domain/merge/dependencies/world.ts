/**
 * What a store tells of resources that a batch does not touch, so that dependencies can be
 * decided: asked for bit by bit, only as far as references lead.
 */
import type { ConflictRecord } from '../../conflict/conflict-record.js';
import type { ResourceKey } from '../../resource/resource-key.js';
import type { StoredResource } from '../unit-of-work.js';

/** Neighbours by reference, as far as they were loaded. */
export interface DependencyWorld {
  /** What is stored; undefined for what was asked for and is not there. */
  readonly resources: ReadonlyMap<ResourceKey, StoredResource | undefined>;
  /** Which stored resources refer to it. */
  readonly referrers: ReadonlyMap<ResourceKey, readonly ResourceKey[]>;
  /** Stored records of dependency conflicts, by the resource that refers. */
  readonly records: ReadonlyMap<ResourceKey, readonly ConflictRecord[]>;
  /** Whether any stored resource refers to another. */
  readonly hasReferences: boolean;
}

export interface WorldRequest {
  /** Whose stored form and dependency records are needed. */
  readonly resources: readonly ResourceKey[];
  readonly referrersOf: readonly ResourceKey[];
}
