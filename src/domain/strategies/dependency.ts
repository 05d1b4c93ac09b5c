/**
 * What becomes of a live resource that refers to one which was deleted concurrently (R26,
 * R27): the target comes back, the reference is shown as empty, the dependant goes too, or a
 * person decides. They write no events: they change what is shown, and fall with their reason.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { undecided, type DependencyAction } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

const dependencyStrategy = (action: DependencyAction): GeneralStrategy =>
  shipped({ name: action, decide: ({ unit }) => (unit.kind === 'dependency' ? { apply: action } : undecided) });

/** The deleted target lives again. */
export const restore = (): GeneralStrategy => dependencyStrategy('restore');

/** The reference reads as null; a set or list of references loses the item. */
export const detach = (): GeneralStrategy => dependencyStrategy('detach');

/** The resource that refers to the deleted one is deleted with it. */
export const cascade = (): GeneralStrategy => dependencyStrategy('cascade');

/** A person decides; meanwhile nothing changes. */
export const review = (): GeneralStrategy => shipped({ name: 'review', decide: () => undecided });
