/** Conflicts made from a given one: copied, with something exchanged, or with many more siblings. */
import type { ConflictCase, Sibling } from '../domain/strategies/merge-strategy.js';

/** A copy that shares nothing, so that neither can be changed through the other. */
export const copyOfCase = <Value>(conflict: ConflictCase<Value>): ConflictCase<Value> => deepCopy(conflict);

const deepCopy = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(deepCopy) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deepCopy(member)])) as Value;
};

interface Exchange<Value> {
  readonly siblings?: readonly Sibling<Value>[];
  /** With the key and undefined: no base. */
  readonly base?: { readonly value: Value | undefined } | undefined;
}

export const caseWith = <Value>(conflict: ConflictCase<Value>, exchange: Exchange<Value>): ConflictCase<Value> => {
  const { conflictId, conflictType, resourceType, resourceId, unit } = conflict;
  const base = 'base' in exchange ? exchange.base : conflict.hasBase ? { value: conflict.base } : undefined;
  return {
    conflictId,
    conflictType,
    resourceType,
    resourceId,
    unit,
    siblings: exchange.siblings ?? conflict.siblings,
    hasBase: base !== undefined,
    ...(base === undefined ? {} : { base: base.value }),
  };
};

/** The same conflict among many more authors, each of whom wrote what one of the siblings wrote. */
export const largeCase = <Value>(conflict: ConflictCase<Value>, size: number): ConflictCase<Value> => {
  const siblings = Array.from({ length: size }, (_, index): Sibling<Value> => {
    const sibling = conflict.siblings[index % conflict.siblings.length] as Sibling<Value>;
    const replicaId = `replica-${String(index).padStart(6, '0')}`;
    return { ...deepCopy(sibling), replicaId, dot: `${replicaId}:${sibling.seq}`, eventId: `evt-${index}` };
  });
  return caseWith(copyOfCase(conflict), { siblings });
};
