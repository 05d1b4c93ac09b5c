/**
 * Who calls, and what they may: rights by resource type, bound to replicas and agents. What is
 * not granted is refused. An entry for a type stands in place of the one for `*`, so that
 * `{ '*': ['read'], salary: [] }` means everything but salaries.
 */
import type { Operation, ReknitEvent } from '../../../domain/events/event.js';

/** Everything that a caller may be allowed. */
export const rights = ['read', 'write', 'delete', 'resolve', 'relay'] as const;
/** `write` is creating and updating; `relay` is handing on events of other authors. */
export type Right = (typeof rights)[number];

/** By resource type, or `*` for every other: what a caller may do. */
export type Rights = Readonly<Record<string, readonly Right[]>>;

/** Who a token stands for, and what it may do. */
export interface Principal {
  /** Stands in logs, and is what limits count by. */
  readonly id: string;
  readonly replicas: readonly string[] | 'any';
  readonly agents: readonly string[] | 'any';
  readonly rights: Rights;
  /** Any form that `Date.parse` knows. */
  readonly expiresAt?: string;
}

/** What is known of who calls before it is known who it is. */
export interface Caller {
  /** The replica that the caller says it is. */
  readonly replicaId: string | undefined;
  readonly address: string;
}

/** Who comes with a token; nobody, where it answers `undefined`. */
export type Authenticate = (
  token: string | undefined,
  caller: Caller,
) => Principal | undefined | Promise<Principal | undefined>;

const rightOf: Readonly<Record<Operation, Right>> = {
  create: 'write',
  update: 'write',
  delete: 'delete',
  resolve: 'resolve',
};

/** Whether somebody may do that to resources of the type. */
export const may = ({ rights }: Principal, right: Right, resourceType: string): boolean =>
  grantsOf(rights, resourceType).includes(right);

export const mayForAnyType = ({ rights }: Principal, wanted: readonly Right[]): boolean =>
  Object.values(rights).some((granted) => granted.some((right) => wanted.includes(right)));

export const speaksFor = ({ replicas }: Principal, replicaId: string): boolean => includes(replicas, replicaId);

/** Whether the rights have run out; a time that nobody can read has. */
export const isExpired = ({ expiresAt }: Principal, nowMs: number): boolean =>
  expiresAt !== undefined && !(Date.parse(expiresAt) > nowMs);

/** What stands against an event of the caller's own replica; undefined for nothing. */
export const refusalOf = (principal: Principal, event: ReknitEvent): string | undefined => {
  if (!includes(principal.agents, event.agentId))
    return `the token of replica ${event.replicaId} does not stand for the agent "${event.agentId}": use one that does`;
  const right = rightOf[event.operation];
  return may(principal, right, event.resourceType)
    ? undefined
    : `replica ${event.replicaId} has no right to ${right} "${event.resourceType}": ask who runs the hub for it`;
};

const grantsOf = (rights: Rights, resourceType: string): readonly Right[] =>
  (Object.hasOwn(rights, resourceType) ? rights[resourceType] : Object.hasOwn(rights, '*') ? rights['*'] : undefined) ??
  [];

const includes = (list: readonly string[] | 'any', value: string): boolean => list === 'any' || list.includes(value);
