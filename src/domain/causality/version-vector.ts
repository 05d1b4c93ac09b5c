/**
 * A version vector says how much of each replica's events is meant: `{ laptop: 7 }` is the
 * first seven events of the laptop. As a *cut* it stands for a set of events.
 */
import { parseDot } from './dot.js';
import type { Relation } from './relation.js';
import { ReknitError } from '../shared/errors.js';
import { jsonProblem } from '../shared/json-check.js';

/** Replica id to how many of its events, from the first on. */
export type VersionVector = Readonly<Record<string, number>>;
/** A version vector that stands for a set of events. */
export type Cut = VersionVector;

/** A vector with no prototype, so that a replica may be called anything. */
export const vectorFrom = (entries: Iterable<readonly [string, number]>): VersionVector => {
  const vector = Object.create(null) as Record<string, number>;
  for (const [replicaId, seq] of entries) vector[replicaId] = seq;
  return vector;
};

/** How many of the replica's events it includes. */
export const countIn = (vector: VersionVector, replicaId: string): number =>
  Object.hasOwn(vector, replicaId) ? (vector[replicaId] ?? 0) : 0;

/** Whether it includes the event; what is no dot is in no vector. */
export const vectorIncludes = (vector: VersionVector, dot: string): boolean => {
  const parts = parseDot(dot);
  return parts !== undefined && parts.seq <= countIn(vector, parts.replicaId);
};

/** The least vector that includes both. */
export const joinVectors = (a: VersionVector, b: VersionVector): VersionVector => {
  const joined = vectorFrom(Object.entries(a)) as Record<string, number>;
  for (const [replicaId, seq] of Object.entries(b)) if (seq > countIn(joined, replicaId)) joined[replicaId] = seq;
  return joined;
};

/** `before` where everything that `a` includes is in `b`, and `b` includes more. */
export const compareVectors = (a: VersionVector, b: VersionVector): Relation => {
  const aLacks = Object.keys(b).some((replicaId) => countIn(a, replicaId) < countIn(b, replicaId));
  const bLacks = Object.keys(a).some((replicaId) => countIn(b, replicaId) < countIn(a, replicaId));
  if (aLacks && bLacks) return 'concurrent';
  if (aLacks) return 'before';
  return bLacks ? 'after' : 'equal';
};

/** A cut given by a caller, checked. */
export const parseCut = (input: unknown): Cut => {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ReknitError(
      'bad_cut',
      'a cut is an object from replica id to a count of its events, such as { "laptop": 7 }',
    );
  const entries = Object.entries(input as Record<string, unknown>);
  // What has no entries of its own, a promise that nobody awaited above all, would stand for nothing at all.
  const problem = entries.length === 0 ? jsonProblem(input, 'the cut') : undefined;
  if (problem !== undefined) throw new ReknitError('bad_cut', `${problem}: give the object itself, awaited`);
  for (const [replicaId, seq] of entries)
    if (!Number.isSafeInteger(seq) || (seq as number) < 0)
      throw new ReknitError('bad_cut', `the cut's count for "${replicaId}" must be a whole number from 0 up`, {
        replicaId,
      });
  return vectorFrom(entries as [string, number][]);
};
