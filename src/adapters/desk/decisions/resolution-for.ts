/**
 * What a choice means for each of some conflicts: "the phone's side", "what this strategy decides" and "both" become
 * the side or the value that a resolution names.
 */
import type { ConsideredConflict, Resolution as EngineResolution } from '../../../application/index.js';
import { decideByChoice, ruleStrategies } from '../../../domain/index.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import type { BulkChoice } from '../api/index.js';

/** @throws ReknitError `no_decision` where the choice says nothing about this conflict */
export const resolutionFor = (choice: BulkChoice, considered: ConsideredConflict): EngineResolution => {
  if ('choose' in choice || 'value' in choice || 'apply' in choice) return choice;
  if ('both' in choice) {
    if (considered.both === undefined) throw noDecision('these values cannot be taken both: take one, or give a value');
    return { value: considered.both };
  }
  if ('strategy' in choice) {
    const { strategy } = choice;
    if (considered.record.unit.kind === 'dependency') {
      const action = considered.opinions.find(({ name }) => name === strategy)?.outcome;
      if (action?.type === 'apply') return { apply: action.action };
    }
    if (!ruleStrategies.some((name) => name === strategy) && !considered.opinions.some(({ name }) => name === strategy))
      throw noDecision(
        `"${strategy}" is no strategy that decides from a conflict alone: use ${ruleStrategies.join(', ')}`,
      );
    const outcome = considered.opinions.find(({ name }) => name === strategy)?.outcome;
    if (outcome?.type === 'value' && outcome.value !== undefined) return { value: outcome.value };
    const side =
      outcome?.type === 'winner'
        ? considered.view.siblings.find(({ replicaId, seq }) => `${replicaId}:${seq}` === outcome.dot)
        : undefined;
    if (side === undefined) throw noDecision(`"${strategy}" decides nothing here: take a side, or give a value`);
    return { choose: side.eventId };
  }
  const decision = decideByChoice(choice, considered.case);
  if (decision === undefined)
    throw noDecision(
      'replicaId' in choice
        ? `replica ${choice.replicaId} has no side in it: take another side`
        : `agent ${choice.agentId} has no side in it: take another side`,
    );
  return decision;
};

const noDecision = (message: string): ReknitError => new ReknitError('no_decision', message);
