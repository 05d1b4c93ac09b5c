/**
 * Stage three of R27: restore, then cascade, each in rounds until nothing new comes, then
 * detach. Rounds are taken as a whole: what one round finds counts from the next one on,
 * so the order in which references are looked at cannot matter.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { DependencyAction } from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import type { Dispute } from './disputes.js';
import type { ModelClosed, ModelOutcome } from './model-state.js';
import {
  answerTo,
  deletesOf,
  dependencyDisputeOf,
  dependsOn,
  keepersOf,
  referencesOf,
  type Reference,
  type ViewsByKey,
} from './references.js';
import { closedConflict, conflictOf, type ResourceView } from './views.js';

/** The views after dependencies are decided. */
export const afterDependencies = (policy: Policy, views: ViewsByKey): ResourceView[] => {
  const references = [...views.values()].flatMap((view) => referencesOf(views, view));
  const restored = new Set<ResourceView>();
  /** Each cascaded resource with its D*: the deletes that it fell to, in the end. */
  const cascaded = new Map<ResourceView, readonly ReknitEvent[]>();
  const standing: { readonly reference: Reference; readonly dispute: Dispute; readonly outcome: ModelOutcome }[] = [];

  const isLive = (view: ResourceView): boolean => !view.deleted || restored.has(view);
  /** D*: why the resource is gone; no deletes where it is not. */
  const deletesBehind = (view: ResourceView): readonly ReknitEvent[] =>
    cascaded.get(view) ?? (isLive(view) ? [] : deletesOf(view));

  /** The conflicts that could stand now, with what their strategy says. */
  const open = (): { reference: Reference; dispute: Dispute; answer: DependencyAction | undefined }[] =>
    references
      .filter(({ from }) => isLive(from) && !cascaded.has(from))
      .flatMap((reference) => {
        const dispute = dependencyDisputeOf(views, reference, deletesBehind(reference.target));
        if (dispute === undefined || keepersOf(reference, dispute).length > 0) return [];
        return [{ reference, dispute, answer: answerTo(policy, views, reference, dispute) }];
      });

  // R27: restore to a least fixpoint. Restored resources are live, and so may restore what they refer to.
  for (;;) {
    const round = open().filter(({ answer }) => answer === 'restore');
    if (round.length === 0) break;
    for (const { reference, dispute } of round) {
      standing.push({ reference, dispute, outcome: { apply: 'restore' } });
      restored.add(reference.target);
    }
  }

  // R27: cascade to a least fixpoint; what was restored is not cascaded.
  for (;;) {
    const round = open().filter(({ reference, answer }) => answer === 'cascade' && !restored.has(reference.from));
    if (round.length === 0) break;
    const fallen = new Map<ResourceView, ReknitEvent[]>();
    for (const { reference, dispute } of round) {
      standing.push({ reference, dispute, outcome: { apply: 'cascade' } });
      fallen.set(reference.from, [...(fallen.get(reference.from) ?? []), ...deletesBehind(reference.target)]);
    }
    for (const [view, deletes] of fallen) cascaded.set(view, [...new Set(deletes)]);
  }

  // What remains is detached, or waits for a person (R19): a restore of what cascaded, too.
  for (const { reference, dispute, answer } of open())
    standing.push({ reference, dispute, outcome: answer === 'detach' ? { apply: 'detach' } : 'pending' });

  return [...views.values()].map((view) => {
    const own = standing.filter(({ reference }) => reference.from === view);
    const fields = new Map(view.fields);
    for (const { reference, outcome } of own)
      // R27: detach changes only what the field shows; `dependsOn` is no field.
      if (
        reference.field !== dependsOn &&
        typeof outcome === 'object' &&
        'apply' in outcome &&
        outcome.apply === 'detach'
      )
        fields.set(reference.field, null);
    const kept = references
      .filter(({ from }) => from === view)
      .flatMap((reference) => keptConflictsOf(views, reference, cascaded.get(reference.target)));
    return {
      ...view,
      deleted: cascaded.has(view) || !isLive(view),
      fields,
      standing: [...view.standing, ...own.map(({ dispute, outcome }) => conflictOf(dispute, outcome))],
      log: [...view.log, ...kept],
    };
  });
};

/**
 * R28: what a person left dangling is closed, whoever is live by now. Looked for among the
 * target's own deletes and, where it fell in a cascade, among those behind that.
 */
const keptConflictsOf = (
  views: ViewsByKey,
  reference: Reference,
  deletesBehindCascade: readonly ReknitEvent[] | undefined,
): ModelClosed[] =>
  [deletesOf(reference.target), deletesBehindCascade ?? []].flatMap((deletes) => {
    const dispute = dependencyDisputeOf(views, reference, deletes);
    const keepers = dispute === undefined ? [] : keepersOf(reference, dispute);
    return dispute === undefined || keepers.length === 0 ? [] : [closedConflict(dispute, keepers)];
  });
