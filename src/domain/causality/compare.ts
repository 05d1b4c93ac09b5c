/**
 * `compare(a, b)`: which came first, by ancestry alone; clocks have no say.
 *
 * Two cuts carry all that is needed. Two events do not: pass the events in between as
 * `history`, or only what the two themselves name as parents is known.
 */
import type { Dot, ReknitEvent } from '../events/event.js';
import { checkArgument, isIterable, isObject } from '../shared/check-argument.js';
import { dotOf } from './dot.js';
import type { Relation } from './relation.js';
import { compareVectors, type VersionVector } from './version-vector.js';

/** How two cuts stand to each other. */
export function compare(a: VersionVector, b: VersionVector): Relation;
/** How two events do, as far as `history` tells. */
export function compare(a: ReknitEvent, b: ReknitEvent, history?: Iterable<ReknitEvent>): Relation;
export function compare(
  a: ReknitEvent | VersionVector,
  b: ReknitEvent | VersionVector,
  history: Iterable<ReknitEvent> = [],
): Relation {
  for (const [member, given] of Object.entries({ a, b }))
    checkArgument(isObject(given), 'compare', member, 'an event, or a cut: { replicaId: seq }');
  checkArgument(isEvent(a) === isEvent(b), 'compare', 'b', 'of the kind of the first: two events, or two cuts');
  checkArgument(isIterable(history), 'compare', 'history', 'an iterable of event objects');
  return isEvent(a) && isEvent(b)
    ? compareEvents(a, b, history)
    : compareVectors(a as VersionVector, b as VersionVector);
}

const isEvent = (input: ReknitEvent | VersionVector): input is ReknitEvent => Array.isArray(input.parents);

const compareEvents = (a: ReknitEvent, b: ReknitEvent, history: Iterable<ReknitEvent>): Relation => {
  const dotA = dotOf(a.replicaId, a.seq);
  const dotB = dotOf(b.replicaId, b.seq);
  if (dotA === dotB) return 'equal';
  const parents = new Map<Dot, readonly Dot[]>();
  for (const event of [...history, a, b]) parents.set(dotOf(event.replicaId, event.seq), event.parents);
  if (isAncestor(dotA, dotB, parents)) return 'before';
  return isAncestor(dotB, dotA, parents) ? 'after' : 'concurrent';
};

const isAncestor = (earlier: Dot, later: Dot, parents: ReadonlyMap<Dot, readonly Dot[]>): boolean => {
  const visited = new Set<Dot>();
  const open: Dot[] = [later];
  for (let dot = open.pop(); dot !== undefined; dot = open.pop()) {
    for (const parent of parents.get(dot) ?? []) {
      if (parent === earlier) return true;
      if (visited.has(parent)) continue;
      visited.add(parent);
      open.push(parent);
    }
  }
  return false;
};
