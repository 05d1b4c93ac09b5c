/**
 * What the most preferred of some agents wrote: the last write among those siblings of the
 * first agent in the list that has any. Undecided where none of them wrote, so it is usually
 * followed by another strategy: `firstThatDecides(preferAgent('lead'), lastWriteWins())`.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { invalidPolicy } from './invalid-policy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';
import { shown } from '../shared/shown.js';

/** The last write of the first of these agents that wrote at all. */
export const preferAgent = (preferred: string | readonly string[]): GeneralStrategy => {
  const agents = Array.isArray(preferred) ? [...(preferred as readonly string[])] : [preferred as string];
  checkAgents(agents);
  return shipped({
    name: 'prefer_agent',
    options: { agents },
    decide: ({ unit, siblings }) => {
      if (unit.kind === 'dependency') return undecided;
      const present = agents.find((agent) => siblings.some(({ agentId }) => agentId === agent));
      return lastWriteAmong(siblings.filter(({ agentId }) => agentId === present));
    },
  });
};

const checkAgents = (agents: readonly unknown[]): void => {
  if (agents.length === 0)
    throw invalidPolicy('preferAgent needs at least one agent: name the agents, most preferred first');
  for (const agent of agents)
    if (typeof agent !== 'string' || agent === '' || !agent.isWellFormed())
      throw invalidPolicy(`preferAgent takes agent ids, and ${shown(agent)} is none`, { agents });
  if (new Set(agents).size < agents.length)
    throw invalidPolicy('preferAgent names an agent twice: keep its first place and drop the other', { agents });
};
