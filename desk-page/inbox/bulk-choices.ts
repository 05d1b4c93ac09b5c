/** What can be chosen for several conflicts at once, from who and what is in them. */
import type { BulkChoice, ConflictSummary } from '../../src/adapters/desk/api/index.js';
import { bulkStrategies, strategyName } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';

export interface OfferedChoice {
  readonly key: string;
  readonly label: string;
  readonly group: 'By whose it is' | 'By where it was written' | 'By rule';
  readonly choice: BulkChoice;
}

/** Agents and replicas named in a list of choices; those with most sides first. */
const namesMax = 12;

export const offeredChoices = (conflicts: readonly ConflictSummary[]): readonly OfferedChoice[] => {
  const sides = conflicts.flatMap((conflict) => conflict.sides);
  return [
    ...mostFrequent(sides.map(({ agentId }) => agentId)).map((agentId): OfferedChoice => ({
      key: `agent ${agentId}`,
      label: `What ${spelledOut(agentId)} wrote`,
      group: 'By whose it is',
      choice: { agentId },
    })),
    { key: 'local', label: 'The side of this replica', group: 'By where it was written', choice: { choose: 'local' } },
    { key: 'remote', label: 'The side of the others', group: 'By where it was written', choice: { choose: 'remote' } },
    ...mostFrequent(sides.map(({ replicaId }) => replicaId)).map((replicaId): OfferedChoice => ({
      key: `replica ${replicaId}`,
      label: `The side of ${spelledOut(replicaId)}`,
      group: 'By where it was written',
      choice: { replicaId },
    })),
    { key: 'both', label: 'Both, where the values allow it', group: 'By rule', choice: { both: true } },
    ...bulkStrategies.map((strategy): OfferedChoice => ({
      key: `strategy ${strategy}`,
      label: capitalised(strategyName(strategy)),
      group: 'By rule',
      choice: { strategy },
    })),
  ];
};

const mostFrequent = (names: readonly string[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, namesMax)
    .map(([name]) => name);
};

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
