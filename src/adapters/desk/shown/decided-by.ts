/** Who or what a conflict was decided by, in one line of facts. */
import type { ConflictView } from '../../../application/index.js';
import type { DecidedBy } from '../api/index.js';

export const decidedByOf = (
  view: Pick<ConflictView, 'status' | 'resolution' | 'closedBy' | 'resolutionStrategy'>,
): DecidedBy | undefined => {
  if (view.status === 'pending_review') return undefined;
  const closer = view.closedBy.at(-1);
  if (closer !== undefined) {
    const ruleId = closer.operation === 'resolve' ? closer.ruleId : undefined;
    return {
      by: closer.operation !== 'resolve' ? 'write' : ruleId === undefined ? 'person' : 'rule',
      agentId: closer.agentId,
      at: closer.timestamp,
      ...(closer.note === undefined ? {} : { note: closer.note }),
      ...(ruleId === undefined ? {} : { ruleId }),
    };
  }
  if (view.resolution?.type === 'moot') return { by: 'deletion' };
  return { by: 'strategy', ...(view.resolutionStrategy === undefined ? {} : { name: view.resolutionStrategy }) };
};
