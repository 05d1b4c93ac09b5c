/** Conflicts written by hand, for examples: one says what matters and leaves out the rest. */
import type { ConflictCase, Sibling, Unit } from '../../src/domain/strategies/merge-strategy.js';
import type { Json } from '../../src/domain/shared/json.js';

/** A sibling named by its dot, such as `laptop:3`. */
export const sibling = (dot: string, value: Json | undefined, facts: Partial<Sibling> = {}): Sibling => {
  const colon = dot.lastIndexOf(':');
  return {
    dot,
    eventId: `evt-${dot}`,
    replicaId: dot.slice(0, colon),
    seq: Number(dot.slice(colon + 1)),
    agentId: 'mia',
    operation: 'update',
    timestamp: '2026-02-02T10:00:00.000Z',
    counter: 0,
    priority: 1,
    value,
    ...facts,
  };
};

export const field: Unit = { kind: 'field', field: 'status' };
export const existence: Unit = { kind: 'existence' };
export const address: Unit = { kind: 'group', group: 'address', fields: ['street', 'town'] };
export const whole: Unit = { kind: 'resource' };
export const dependency: Unit = {
  kind: 'dependency',
  field: 'trackId',
  target: { resourceType: 'track', resourceId: 'track-1' },
};

/** A conflict of the field `status` unless `facts` say otherwise. */
export const conflict = (siblings: readonly Sibling[], facts: Partial<ConflictCase> = {}): ConflictCase => ({
  conflictId: 'conflict-1',
  conflictType: 'concurrent_modification',
  resourceType: 'feature',
  resourceId: 'feat-1',
  unit: field,
  hasBase: false,
  ...facts,
  siblings,
});

/** Mia deleted, then the phone wrote on. */
export const deleteUpdate = (): ConflictCase =>
  conflict(
    [
      sibling('laptop:1', 'deleted', { operation: 'delete', timestamp: '2026-02-02T10:00:00.000Z' }),
      sibling('phone:1', 'alive', { timestamp: '2026-02-02T11:00:00.000Z' }),
    ],
    { unit: existence, conflictType: 'delete_update' },
  );

/** Someone referred to a track while someone else deleted it. */
export const orphaned = (): ConflictCase =>
  conflict([sibling('laptop:1', 'reference'), sibling('phone:1', 'deleted', { operation: 'delete' })], {
    unit: dependency,
    conflictType: 'dependency',
  });
