/**
 * A resource folded from scratch, because a dot of it turned out to be void (R5), or an own
 * event of it was refused (R9): an event that was applied may have written nothing after all,
 * or leave the state, and what waited may go on.
 */
import { compareDots } from '../causality/dot.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import { emptyDraft, stateOf } from '../resource/draft.js';
import { createFold } from '../resource/fold.js';
import { compareTexts, resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import { appendTo } from '../shared/append-to.js';
import type { FoldContext, FoldedResource } from './fold-resources.js';
import type { HistoryStep } from './history-steps.js';
import type { AppliedEvent, KnownDot, LoadedHistory, ParkedEvent, VoidNode } from './loaded.js';
import { isWithheld, type RefusalChanges } from './refusal-changes.js';
import type { Fork } from './triage.js';

export interface RefoldedResource extends FoldedResource {
  readonly voids: readonly VoidNode[];
  /** Events that wait from now on, or for something else than before. */
  readonly park: readonly ParkedEvent[];
  /** What waited before, whatever became of it. */
  readonly wasParked: ReadonlySet<Dot>;
  readonly unpark: readonly Dot[];
  /** Events that were applied and are not any more; they stand in `park`. */
  readonly withdrawn: readonly Dot[];
  /** Parked events that are variants of a void: evidence from now on. */
  readonly evidence: readonly SealedEvent[];
}

export const isRefolded = (folded: FoldedResource): folded is RefoldedResource => 'voids' in folded;

export interface RefoldInput {
  readonly before: ResourceState | undefined;
  /** The whole history. */
  readonly history: LoadedHistory;
  readonly newcomers: readonly SealedEvent[];
  readonly forks: readonly Fork[];
  readonly known: ReadonlyMap<Dot, KnownDot>;
  readonly isFuture: (sealed: SealedEvent) => boolean;
  readonly refusals?: RefusalChanges | undefined;
}

/** Folds a resource anew because of its voids (R5, R6): what waits is looked at again too. */
export const refold = (
  ref: ResourceRef,
  { before, history, newcomers, forks, known, isFuture, refusals }: RefoldInput,
  context: FoldContext,
): RefoldedResource => {
  const key = resourceKeyOf(ref);
  const voids = voidsOf(ref, forks, history);
  const wasParked = new Map(history.parked.map((parked) => [parked.sealed.dot, parked]));
  const wasApplied = new Set(history.events.map(({ sealed }) => sealed.dot));
  const steps: HistoryStep[] = [];
  for (const { node, variant } of voids.values())
    steps.push({
      dot: node.dot,
      parents: node.parents,
      step: { type: 'void', sealed: variant, parents: node.parents },
    });
  for (const sealed of [
    ...history.events.map((applied) => applied.sealed),
    ...history.parked.map((parked) => parked.sealed),
    ...newcomers,
  ])
    if (!voids.has(sealed.dot))
      steps.push({ dot: sealed.dot, parents: sealed.event.parents, step: { type: 'event', sealed } });

  const draft = emptyDraft(ref, context.policy.rulesFor(ref.resourceType));
  const fold = createFold({ draft, ...context });
  const applied = new Set<Dot>();
  const appended: AppliedEvent[] = [];
  let open = steps;
  for (let progress = true; progress;) {
    progress = false;
    const later: typeof steps = [];
    for (const entry of open) {
      const waits =
        !entry.parents.every((parent) => applied.has(parent)) ||
        (entry.step.type === 'event' &&
          (isWithheld(entry.dot, wasParked.get(entry.dot), refusals) ||
            (isFuture(entry.step.sealed) && !wasApplied.has(entry.dot))));
      if (waits) {
        later.push(entry);
        continue;
      }
      const sawAll = fold.apply(entry.step);
      applied.add(entry.dot);
      progress = true;
      if (entry.step.type === 'event' && !wasApplied.has(entry.dot))
        appended.push({ sealed: entry.step.sealed, sawAll });
    }
    open = later;
  }
  fold.finish();

  const ownDots = new Set(steps.map(({ dot }) => dot));
  const waiting = open.flatMap(({ dot, step }): readonly ParkedEvent[] => {
    if (step.type === 'void') return [];
    if (isWithheld(dot, wasParked.get(dot), refusals)) return [{ sealed: step.sealed, reason: 'refused', missing: [] }];
    const missing = step.sealed.event.parents.filter((parent) => !applied.has(parent));
    const isInvalid = missing.some(
      (parent) => !ownDots.has(parent) && isElsewhere(parent, key, known, wasParked.get(dot)),
    );
    return [
      {
        sealed: step.sealed,
        reason: isInvalid ? 'invalid_parent' : missing.length > 0 ? 'parents' : 'future',
        missing,
      },
    ];
  });
  const stillParked = new Set(waiting.map(({ sealed }) => sealed.dot));
  return {
    state: { ...stateOf(draft, before?.effect), hasVoids: voids.size > 0 },
    before,
    appended,
    closures: fold.closures,
    records: history.conflicts,
    isWhole: true,
    history: fold.history,
    voids: [...voids.values()].map(({ node }) => ({ ...node, isApplied: applied.has(node.dot) })),
    park: waiting.filter((parked) => !isSameWait(wasParked.get(parked.sealed.dot), parked)),
    wasParked: new Set(wasParked.keys()),
    unpark: [...wasParked.keys()].filter((dot) => !stillParked.has(dot)),
    withdrawn: [...stillParked].filter((dot) => wasApplied.has(dot)),
    evidence: history.parked.flatMap(({ sealed }) => (voids.has(sealed.dot) ? [sealed] : [])),
  };
};

/** What else is missing does not matter to an event that can never be applied. */
const isSameWait = (before: ParkedEvent | undefined, { reason, missing }: ParkedEvent): boolean =>
  before?.reason === reason && (reason === 'invalid_parent' || sameDots(before.missing, missing));

const sameDots = (some: readonly Dot[], others: readonly Dot[]): boolean =>
  some.length === others.length && some.every((dot) => others.includes(dot));

const isElsewhere = (
  parent: Dot,
  key: ResourceKey,
  known: ReadonlyMap<Dot, KnownDot>,
  parked: ParkedEvent | undefined,
): boolean => {
  const places = known.get(parent)?.appliedIn;
  if (places === undefined) return parked?.reason === 'invalid_parent';
  return places.length > 0 && !places.includes(key);
};

interface VoidHere {
  readonly node: VoidNode;
  readonly variant: SealedEvent;
}

/**
 * The voids of one resource: for each void dot the parents that all its variants there share. In the order of R1, since
 * stores give them in orders of their own, and what is applied after them comes in theirs.
 */
const voidsOf = (ref: ResourceRef, forks: readonly Fork[], history: LoadedHistory): ReadonlyMap<Dot, VoidHere> => {
  const isHere = ({ event }: SealedEvent): boolean =>
    event.resourceType === ref.resourceType && event.resourceId === ref.resourceId;
  const forked = new Set(forks.map(({ dot }) => dot));
  const variants = new Map<Dot, SealedEvent[]>();
  const note = (sealed: SealedEvent): void => {
    if (!isHere(sealed)) return;
    if (variants.get(sealed.dot)?.some(({ hash }) => hash === sealed.hash) !== true)
      appendTo(variants, sealed.dot, sealed);
  };
  history.variants.forEach(note);
  for (const { sealed } of [...history.events, ...history.parked]) if (forked.has(sealed.dot)) note(sealed);
  for (const fork of forks) fork.variants.forEach(note);

  const voids = new Map<Dot, VoidHere>();
  for (const [dot, sameDot] of [...variants].sort(([a], [b]) => compareDots(a, b))) {
    const [first, ...others] = sameDot.toSorted((a, b) => compareTexts(a.hash, b.hash));
    if (first === undefined) continue;
    const shared = first.event.parents.filter((parent) => others.every(({ event }) => event.parents.includes(parent)));
    const node = {
      resourceType: ref.resourceType,
      resourceId: ref.resourceId,
      dot,
      parents: shared.sort(compareDots),
      isApplied: false,
    };
    voids.set(dot, { node, variant: first });
  }
  return voids;
};
