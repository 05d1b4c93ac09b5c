/**
 * Which resources refer to which, by which writes, and whether reference and delete were
 * made without knowing of each other: R25 and R26, before any decision.
 */
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import type { DependencyAction } from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import { decideDependency, fieldOf, siblingFrom } from './decisions.js';
import { conflictIdOf, survivorsOf, type Dispute } from './disputes.js';
import { byDot, dotOf } from './order.js';
import { resourceKey, resourceOf } from './received.js';
import { hasSeen, type ResourceHistory } from './resource-history.js';
import type { ResourceView } from './views.js';
import { existence, isDelete, siblingsOf, valueOf } from './writes.js';

/** One visible reference from one resource to another that is known. */
export interface Reference {
  readonly from: ResourceView;
  readonly field: string;
  readonly target: ResourceView;
  /** The writes that made it, W. */
  readonly writes: readonly ReknitEvent[];
}

export type ViewsByKey = ReadonlyMap<string, ResourceView>;

/** The event member that names dependencies; every sibling of it counts, as if it were a set. */
export const dependsOn = 'dependsOn';

export const referencesOf = (views: ViewsByKey, from: ResourceView): Reference[] => [
  ...fieldReferencesOf(views, from),
  ...dependsOnReferencesOf(views, from),
];

const fieldReferencesOf = (views: ViewsByKey, from: ResourceView): Reference[] => {
  const { history, fields } = from;
  return history.rules.references.flatMap(({ field, targetType }) => {
    const shown = fields.get(field);
    if (typeof shown !== 'string') return [];
    const target = views.get(resourceKey({ resourceType: targetType, resourceId: shown }));
    // R26: an unknown target is no conflict.
    if (target === undefined) return [];
    const { unit } = history.rules.unitOf(field);
    const survivors = survivorsOf(history, unit, history.events);
    const naming = survivors.filter((write) => fieldOf(unit, valueOf(history, unit, write), field) === shown);
    // A strategy may show a value that no sibling wrote: then all of them stand behind it.
    return [{ from, field, target, writes: naming.length > 0 ? naming : survivors }];
  });
};

const dependsOnReferencesOf = (views: ViewsByKey, from: ResourceView): Reference[] => {
  const { history } = from;
  const writes = history.events.filter((event) => (event.dependsOn ?? []).length > 0);
  const creates = history.events.filter((event) => event.operation === 'create');
  // R11 for a unit that no policy declares: siblings as usual, and nothing yields.
  const siblings = writes.filter((write) => ![...writes, ...creates].some((later) => hasSeen(history, later, write)));
  const names = (write: ReknitEvent, target: ResourceRef): boolean =>
    (write.dependsOn ?? []).some((named) => resourceKey(named) === resourceKey(target));
  return [...views.values()]
    .map((target) => ({
      from,
      field: dependsOn,
      target,
      writes: siblings.filter((write) => names(write, target.history.resource)),
    }))
    .filter((reference) => reference.writes.length > 0);
};

/** D: the siblings of existence that delete the resource. */
export const deletesOf = ({ history }: ResourceView): ReknitEvent[] =>
  siblingsOf(history, existence, history.events).filter(isDelete);

/**
 * R26: the conflict between a reference and these deletes, if neither side knew of the
 * other. Whether it stands depends on who is live and who is deleted.
 */
export const dependencyDisputeOf = (
  views: ViewsByKey,
  { from, field, target, writes }: Reference,
  deletes: readonly ReknitEvent[],
): Dispute | undefined => {
  if (deletes.length === 0) return undefined;
  const isSeen = (a: ReknitEvent, b: ReknitEvent): boolean => sees(views, a, b) || sees(views, b, a);
  if (writes.some((write) => deletes.some((deletion) => isSeen(write, deletion)))) return undefined;
  const unit = { kind: 'dependency', field, target: target.history.resource } as const;
  const siblings = [...new Set([...writes, ...deletes])].sort((a, b) => byDot(dotOf(a), dotOf(b)));
  return {
    conflictId: conflictIdOf(from.history, unit, siblings.map(dotOf)),
    conflictType: 'dependency',
    unit,
    siblings,
  };
};

/** R25: the author named that event of another resource, or one that came after it. */
const sees = (views: ViewsByKey, author: ReknitEvent, event: ReknitEvent): boolean => {
  const history = views.get(resourceKey(event))?.history;
  return (author.sees ?? []).some((dot) => dot === dotOf(event) || history?.past(dot).has(dotOf(event)) === true);
};

/** R28: the resolves that say "leave it dangling", by naming the id and changing nothing. */
export const keepersOf = ({ from }: Reference, { conflictId }: Dispute): ReknitEvent[] =>
  from.history.events.filter(
    (event) =>
      event.operation === 'resolve' &&
      event.payload !== null &&
      Object.keys(event.payload).length === 0 &&
      event.conflictId === conflictId,
  );

export const answerTo = (
  policy: Policy,
  views: ViewsByKey,
  { from, writes }: Reference,
  { conflictId, conflictType, unit, siblings }: Dispute,
): DependencyAction | undefined =>
  decideDependency(from.history.rules.strategyFor(unit, conflictType), {
    conflictId,
    conflictType,
    ...from.history.resource,
    unit,
    siblings: siblings.map((event) =>
      siblingFrom(policy, ownHistoryOf(views, event), event, writes.includes(event) ? 'reference' : 'deleted'),
    ),
    hasBase: false,
  });

/** A sibling's priority is that of its own resource, as its author knew it (R22). */
const ownHistoryOf = (views: ViewsByKey, event: ReknitEvent): ResourceHistory => {
  const view = views.get(resourceKey(event));
  if (view === undefined) throw new Error(`no resource of ${dotOf(event)}: ${JSON.stringify(resourceOf(event))}`);
  return view.history;
};
