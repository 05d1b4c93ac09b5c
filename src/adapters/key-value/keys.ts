/**
 * What stands under which key. The first character is the family; what follows is in the order
 * in which the family is read, so that an index is a range of keys and nothing else.
 *
 * A key knows the type of its value, which is stored as JSON.
 */
import type { AuditEntry, AuditHead } from '../../domain/audit/audit-chain.js';
import { parseDot } from '../../domain/causality/dot.js';
import type { Dot, EventId, ReknitEvent, ResourceRef } from '../../domain/events/event.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import type { AdoptedPolicy, EventStanding, Refusal } from '../../domain/merge/unit-of-work.js';
import type { ParkingReason } from '../../domain/audit/audit-act.js';
import type { StoredConflict } from '../../application/ports/event-store.js';
import type { Lease } from '../../application/ports/lease.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { StoredText } from './stored-text.js';
import { latestFirst, numberKey, textKey } from './key-text.js';

declare const held: unique symbol;
export type Key<Value> = string & { readonly [held]?: Value };

/** The version of the content, and everything small that most calls ask for: read by each, written by each commit. */
export interface Head {
  readonly format: 1;
  audit: AuditHead;
  /** The last position that was given to an event. */
  position: number;
  replica?: ReplicaFacts;
  policy: string;
  syncedSeq: number;
  scope: string;
  /** The last number that was given to a refusal, to a conflict and to a resource. */
  refusals: number;
  conflicts: number;
  resources: number;
  counts: Counts;
}

export interface Counts {
  events: number;
  resources: number;
  localOnly: number;
  /** With the refused ones. */
  parked: number;
  /** Those of `parked` that a hub refused. */
  refused: number;
  voids: number;
  conflictsPending: number;
  conflictsResolved: number;
  /** Resources that refer to others. */
  referring: number;
  skipped: number;
}

/** One content of a dot, and where it stands. */
export type DotEntry = readonly [
  position: number,
  hash: string,
  place: 'applied' | 'parked' | 'variant',
  resourceType: string,
  resourceId: string,
];
export interface DotRecord {
  readonly entries: readonly DotEntry[];
  /** Resources in whose graph it stands as a void; 1 where it is applied there. */
  readonly voids?: readonly (readonly [resourceType: string, resourceId: string, isApplied: 0 | 1])[];
}

/** What becomes of an event; it stands in the log of its resource. */
export type Standing =
  | readonly [
      place: 'applied',
      dot: Dot,
      operation: ReknitEvent['operation'],
      sawAll: 0 | 1,
      isLocal: 0 | 1,
      standing: EventStanding,
      isVoid: 0 | 1,
    ]
  | readonly [place: 'parked', dot: Dot, reason: ParkingReason, missing: readonly Dot[]]
  | readonly [place: 'variant', dot: Dot];

/** Numbered as they were first recorded: the order in which what becomes of them is told. */
export type NumberedConflict = StoredConflict & { readonly number: number };

export interface Reach {
  /** Numbers from the first on that are stored or explained without a gap. */
  readonly prefix: number;
  /** No event with a higher number is stored. */
  readonly highest: number;
  /** No number above it is stored or explained. */
  readonly explained: number;
}

const dotKey = (dot: Dot): string => {
  const parts = parseDot(dot);
  invariant(parts !== undefined, `${dot} is no dot`);
  return `${textKey(parts.replicaId)}${numberKey(parts.seq)}`;
};
const refKey = ({ resourceType, resourceId }: ResourceRef): string => `${textKey(resourceType)}${textKey(resourceId)}`;

export const keys = {
  head: 'h' as Key<Head>,
  policy: 'P' as Key<AdoptedPolicy>,
  audit: (number: number): Key<AuditEntry> => `a${numberKey(number)}`,
  cursor: (remote: string): Key<string> => `n${textKey(remote)}`,
  lease: (name: string): Key<Lease> => `L${textKey(name)}`,

  event: (position: number): Key<readonly [hash: string, event: ReknitEvent]> => `e${numberKey(position)}`,
  dot: (dot: Dot): Key<DotRecord> => `d${dotKey(dot)}`,
  dotsOf: (replicaId: string): string => `d${textKey(replicaId)}`,
  eventId: (id: EventId): Key<readonly (readonly [position: number, dot: Dot, hash: string])[]> => `i${textKey(id)}`,
  reach: (replicaId: string): Key<Reach> => `r${textKey(replicaId)}`,
  standing: (ref: ResourceRef, position: number): Key<Standing> => `o${refKey(ref)}${numberKey(position)}`,
  standingsOf: (ref: ResourceRef): string => `o${refKey(ref)}`,
  local: (position: number): Key<1> => `l${numberKey(position)}`,
  /** Every parked event, the refused ones too. */
  parked: (position: number): Key<1> => `w${numberKey(position)}`,
  /** Of those the ones that wait for their time. */
  due: (timestamp: string, position: number): Key<Dot> => `f${textKey(timestamp)}${numberKey(position)}`,
  waiter: (parent: Dot, position: number): Key<Dot> => `m${dotKey(parent)} ${numberKey(position)}`,
  waitersOf: (parent: Dot): string => `m${dotKey(parent)} `,
  void: (ref: ResourceRef, dot: Dot): Key<readonly [dot: Dot, parents: readonly Dot[], isApplied: 0 | 1]> =>
    `v${refKey(ref)}${dotKey(dot)}`,
  voidsOf: (ref: ResourceRef): string => `v${refKey(ref)}`,

  resource: (ref: ResourceRef): Key<StoredText> => `s${refKey(ref)}`,
  resourcesOf: (resourceType: string): string => `s${textKey(resourceType)}`,
  latest: (updatedAt: string, ref: ResourceRef): Key<1> => `t${latestFirst(updatedAt)} ${refKey(ref)}`,
  latestOf: (updatedAt: string, { resourceType, resourceId }: ResourceRef): Key<1> =>
    `u${textKey(resourceType)}${latestFirst(updatedAt)} ${textKey(resourceId)}`,
  latestOfType: (resourceType: string): string => `u${textKey(resourceType)}`,
  pending: (ref: ResourceRef): Key<1> => `q${refKey(ref)}`,
  /** With the number of the resource that refers: they are told in the order in which they came. */
  referrer: (target: ResourceRef, ref: ResourceRef): Key<number> => `p${refKey(target)}${refKey(ref)}`,
  referrersOf: (target: ResourceRef): string => `p${refKey(target)}`,

  conflict: (id: string): Key<NumberedConflict> => `c${textKey(id)}`,
  conflictOf: (ref: ResourceRef, id: string): Key<string> => `x${refKey(ref)}${textKey(id)}`,
  conflictsOf: (ref: ResourceRef): string => `x${refKey(ref)}`,
  open: (id: string): Key<1> => `k${textKey(id)}`,
  /** Conflicts that the event is a side of, or that it closed. */
  conflictsAt: (dot: Dot): Key<readonly string[]> => `y${dotKey(dot)}`,

  refusal: (number: number): Key<Refusal> => `R${numberKey(number)}`,
  refusalsAt: (dot: Dot): Key<readonly (readonly [hash: string, number: number])[]> => `K${dotKey(dot)}`,
  refusedOf: (replicaId: string): string => `K${textKey(replicaId)}`,
  /** By its end, so that the range that a number may stand in is the first one from there on. */
  skipped: (replicaId: string, to: number): Key<number> => `j${textKey(replicaId)}${numberKey(to)}`,
  skippedOf: (replicaId: string): string => `j${textKey(replicaId)}`,
  receipts: (hash: string): Key<Readonly<Record<string, string>>> => `b${textKey(hash)}`,
} as const;

export const emptyHead = (): Head => ({
  format: 1,
  audit: { count: 0, hash: '' },
  position: 0,
  policy: '',
  syncedSeq: 0,
  scope: '',
  refusals: 0,
  conflicts: 0,
  resources: 0,
  counts: {
    events: 0,
    resources: 0,
    localOnly: 0,
    parked: 0,
    refused: 0,
    voids: 0,
    conflictsPending: 0,
    conflictsResolved: 0,
    referring: 0,
    skipped: 0,
  },
});
