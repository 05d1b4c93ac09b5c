/**
 * A handful of strategies of a few lines each, the careless ones included; independent of
 * the shipped ones, like the tiny policy.
 */
import type { Json } from '../../../src/domain/shared/json.js';
import type {
  Decision,
  DependencyAction,
  MergeStrategy,
  Sibling,
} from '../../../src/domain/strategies/merge-strategy.js';
import { canonical, hashOf } from './order.js';
import { isComposite } from './writes.js';

const strategyOf = (
  name: string,
  decide: MergeStrategy['decide'],
  uses: Partial<Pick<MergeStrategy, 'usesBase' | 'usesPriority'>> = {},
): MergeStrategy => ({ name, version: 1, options: {}, usesBase: false, usesPriority: false, ...uses, decide });

/** The sibling that stands last in an order; the order of R1 where that says nothing. */
const lastBy = (siblings: readonly Sibling[], isAfter: (a: Sibling, b: Sibling) => boolean): Decision => {
  const [first, ...others] = siblings;
  if (first === undefined) return { undecided: true };
  return { winner: others.reduce((last, next) => (isAfter(last, next) ? last : next), first) };
};

const isLaterWrite = (a: Sibling, b: Sibling): boolean =>
  a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.counter > b.counter);

export const lastWriteWins = strategyOf('last-write-wins', ({ siblings }) => lastBy(siblings, isLaterWrite));

export const priorityWins = strategyOf(
  'priority-wins',
  ({ siblings }) => lastBy(siblings, (a, b) => a.priority > b.priority),
  { usesPriority: true },
);

export const leaveToPerson = strategyOf('leave-to-person', () => ({ undecided: true }));

export const existenceWins = (value: 'alive' | 'deleted'): MergeStrategy =>
  strategyOf(`${value}-wins`, () => ({ value }));

/** R21: whoever changed the base wins, if all who did agree. */
export const threeWay = strategyOf(
  'three-way',
  ({ siblings, hasBase, base }) => {
    const changed = siblings.filter((sibling) => canonical(sibling.value) !== canonical(base));
    const [first] = changed;
    const agree = changed.every((sibling) => canonical(sibling.value) === canonical(first?.value));
    return hasBase && first !== undefined && agree ? { winner: first } : { undecided: true };
  },
  { usesBase: true },
);

export const applies = (apply: DependencyAction): MergeStrategy => strategyOf(`applies-${apply}`, () => ({ apply }));

export const answers = (value: Json | undefined): MergeStrategy =>
  strategyOf(`answers ${canonical(value)}`, () => ({ value }));

/** What a careless author may return: anything. */
export const answersWrongly = (answer: unknown): MergeStrategy =>
  strategyOf('answers-wrongly', () => answer as Decision);

export const throws = strategyOf('throws', () => {
  throw new Error('this strategy always fails');
});

/**
 * Decides by a hash of everything it is shown: a winner, a value, an absence or nothing.
 * Two merges that show their strategies anything different soon differ in what they answer.
 */
export const decidesByHash = strategyOf(
  'decides-by-hash',
  (conflict) => {
    const hash = hashOf(conflict);
    const choice = Number.parseInt(hash.slice(0, 6), 16);
    const winner = conflict.siblings[choice % conflict.siblings.length];
    const actions: readonly DependencyAction[] = ['restore', 'cascade', 'detach'];
    if (choice % 5 === 4 || winner === undefined) return { undecided: true };
    if (conflict.unit.kind === 'dependency') return { apply: actions[choice % 3] ?? 'detach' };
    if (choice % 5 < 3) return { winner };
    if (conflict.unit.kind === 'existence') return { value: choice % 2 === 0 ? 'alive' : 'deleted' };
    if (choice % 5 === 3 && choice % 2 === 0) return { value: undefined };
    return { value: isComposite(conflict.unit) ? { street: hash.slice(0, 4) } : hash.slice(0, 4) };
  },
  { usesBase: true, usesPriority: true },
);
