/**
 * A system as the comparisons meet it: replicas on folders of their own that write, meet, and are asked what became of
 * it. Everything here is what a program could do with the system too; nothing looks into its inside.
 */
import type { FeatureFields } from '../../support/feature.js';
import type { FeatureWork } from '../../support/offline-work.js';

export interface PeerSystem<Replica extends PeerReplica = PeerReplica> {
  readonly name: string;
  /** Of the package that was installed, and what it keeps files with. */
  readonly version: string;
  readonly licence: string;
  /** How the job is laid out in it, and where it is kept, in a sentence for the reader. */
  readonly setUp: string;
  /** The pages of its documentation that this follows. */
  readonly documentation: readonly string[];
  /** What a finished write survives, as its storage is set up by default; `nothing` is memory alone. */
  readonly survives: 'a power loss' | 'the end of its process' | 'nothing';
  /** Whether the time of a write has a say in which one wins. */
  readonly hasClock: boolean;
  open(place: Place): Promise<Replica>;
  /** Resolves when both have what the other had, and have stored it as safely as they do. */
  sync(left: Replica, right: Replica): Promise<void>;
  /** What it has for a server between replicas; where that is just another replica, it is absent. */
  openHub?(folder: string): Promise<Hub<Replica>>;
}

export interface Hub<Replica extends PeerReplica = PeerReplica> {
  sync(replica: Replica): Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Place {
  /** Its own, which exists. */
  readonly folder: string;
  readonly name: ReplicaName;
  /** Who writes here, where a system asks. */
  readonly agent: string;
  /** Its clock, for systems that have one. */
  readonly nowMs?: () => number;
}

export type ReplicaName = 'left' | 'right' | 'hub' | 'third';

export interface PeerReplica {
  readonly create: (features: readonly FeatureWork[]) => Promise<void>;
  /** One after the other, each a transaction of its own; stored as safely as it does when this resolves. */
  readonly update: (updates: readonly FeatureWork[]) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  /** A part of a feature, in the way that the system has for it: nested, or naming the feature. */
  readonly addChild: (parentId: string, childId: string, fields: FeatureFields) => Promise<void>;
  /** The features as they are shown. */
  readonly read: () => Promise<Readonly<Record<string, FeatureFields>>>;
  readonly children: () => Promise<readonly ShownChild[]>;
  /** How many conflicts it reports when it is asked, or has reported by itself. */
  readonly conflicts: () => Promise<number>;
  /** Where a value that is not shown can still be found. */
  readonly find: (id: string, field: string, value: unknown) => Promise<Found>;
  /** What it says about who, or what, decided this field; nothing where it says nothing. */
  readonly who: (id: string, field: string) => Promise<string | undefined>;
  /** What it has warned of by itself. */
  readonly warnings?: () => Promise<readonly string[]>;
  /** Decides a conflict, in a system that has such a thing: absent elsewhere. */
  readonly choose?: (id: string, field: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ShownChild {
  readonly id: string;
  readonly isParentThere: boolean;
}

/** As one side of a conflict that it lists; in its history, for who looks for it; or nowhere. */
export type Found = 'conflict' | 'history' | 'nowhere';
