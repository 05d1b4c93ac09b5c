/** R14: a write that its own side deleted yields to one that the delete had not seen. */
import type { Dot } from '../events/event.js';
import type { ResourceDraft } from './draft.js';
import { yieldingAmong, type ResourceHistory } from './history.js';
import type { UnitWrite } from './state.js';

/**
 * Works out who yields among the siblings of every contested unit; needed after concurrency, and only then.
 * Units that the same events wrote, such as all those of two creates, have the same answer.
 */
export const settleYields = (draft: ResourceDraft, history: ResourceHistory): void => {
  let before: { readonly siblings: readonly UnitWrite[]; readonly yielding: ReadonlySet<Dot> } | undefined;
  for (const key of draft.contested) {
    const unit = draft.units.get(key);
    if (unit === undefined) continue;
    const { siblings } = unit;
    if (history.deletes.length === 0 && !siblings.some(({ yielded }) => yielded)) continue;
    if (before === undefined || !isSameSiblings(before.siblings, siblings)) {
      const nodes = siblings.flatMap(({ dot }) => history.graph.get(dot) ?? []);
      // Siblings below the floor are settled: whatever came since has seen them all.
      if (nodes.length < siblings.length) continue;
      const yielding = new Set<Dot>();
      for (const { dot } of yieldingAmong(history, nodes, () => true)) yielding.add(dot);
      before = { siblings, yielding };
    }
    const { yielding } = before;
    if (siblings.every(({ dot, yielded }) => yielded === yielding.has(dot))) continue;
    draft.units.set(key, {
      ...unit,
      siblings: siblings.map((write) => ({ ...write, yielded: yielding.has(write.dot) })),
    });
  }
};

const isSameSiblings = (some: readonly UnitWrite[], others: readonly UnitWrite[]): boolean =>
  some.length === others.length && some.every(({ dot }, index) => dot === others[index]?.dot);
