/**
 * Why each value is what it is, against the model: nothing that is shown goes unexplained, and each explanation names the
 * conflict that stands, who won it, and what lost (guarantee 6).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHistory } from '../../src/application/history.js';
import { explainResource } from '../../src/application/reading/explain.js';
import type { Explanation, ResourceExplanation } from '../../src/application/reading/explanation.js';
import { cascade, detach, restore, review } from '../../src/domain/strategies/index.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { engineOn, testSystem } from '../support/engine.js';
import { arbitraryHistory } from '../support/histories/history.js';
import { cases, hashed } from '../support/histories/merge-cases.js';
import type { ModelConflict, ModelResource } from '../support/model/model-state.js';
import { modelOf } from '../support/model/model.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import { propertyOptions } from '../support/property-options.js';

const expectExplained = async (events: readonly ReknitEvent[], policy: Policy): Promise<void> => {
  const engine = engineOn(policy);
  await engine.deliver(events);
  const deps = { store: engine.store, policy, system: testSystem() };
  const history = createHistory(deps);
  const { resources } = modelOf(events, policy);
  for (const resource of resources) {
    const explained = await explainResource({ ...deps, history }, resource);
    expect(explained).toBeDefined();
    if (explained !== undefined) expectTrue(explained, resource, resources);
  }
};

const expectTrue = (
  { deleted, existence, fields }: ResourceExplanation,
  resource: ModelResource,
  resources: readonly ModelResource[],
): void => {
  expect(deleted).toBe(resource.deleted);
  const shown = fields.flatMap(({ field, value }) => (value === undefined ? [] : [[field, value] as const]));
  expect(Object.fromEntries(shown)).toEqual(resource.fields);

  const all = resources.flatMap(({ standing }) => standing);
  const behind = all.find(({ conflictId }) => conflictId === existence.conflictId);
  // What brings a resource back is about it, and not about what it refers to itself.
  if (behind?.conflictType === 'dependency' && !deleted)
    expect(behind.unit[2]).toEqual([resource.resourceType, resource.resourceId]);
  for (const explanation of [existence, ...fields]) {
    const conflict = all.find(({ conflictId }) => conflictId === explanation.conflictId);
    if (explanation.status === 'decided' || explanation.status === 'pending') {
      expect(conflict).toBeDefined();
      if (conflict !== undefined) expectAbout(explanation, conflict);
    } else {
      expect(resource.standing.filter((standing) => isAbout(standing, explanation))).toEqual([]);
      if (explanation.status === 'resolved')
        expect(resource.log.map(({ conflictId }) => conflictId)).toContain(explanation.conflictId);
    }
  }
};

/** Whether that is the conflict of the unit itself; what was decided about a reference may be told besides. */
const isAbout = ({ unit: [kind, name] }: ModelConflict, { unit }: Explanation): boolean =>
  kind === unit.kind && name === (unit.kind === 'field' ? unit.field : unit.kind === 'group' ? unit.group : undefined);

const dotOf = ({ replicaId, seq }: { readonly replicaId: string; readonly seq: number }): string =>
  `${replicaId}:${seq}`;

const expectAbout = (
  { status, unit, winner, losers }: Explanation,
  { outcome, siblings, ...conflict }: ModelConflict,
) => {
  const lost = losers.map(dotOf);
  expect(status === 'pending').toBe(outcome === 'pending');
  for (const dot of [...lost, ...(winner === undefined ? [] : [dotOf(winner)])]) expect(siblings).toContain(dot);
  if (conflict.conflictType === 'dependency') {
    // What was decided about a reference is told of existence and of the field that refers.
    expect(outcome).toHaveProperty('apply');
    return;
  }
  expect(conflict.unit[0]).toBe(unit.kind);
  if (typeof outcome === 'object' && 'winner' in outcome) expect(winner && dotOf(winner)).toBe(outcome.winner);
  // Who writes a group without any of its fields leaves it absent, too.
  if (typeof outcome === 'object' && 'absent' in outcome) expect(winner?.value ?? {}).toEqual({});
  expect(new Set([...lost, ...(winner === undefined ? [] : [dotOf(winner)])])).toEqual(new Set(siblings));
};

describe.each(cases)('$name', ({ history: options, policy }) => {
  test('every value and every existence is explained by what stands', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), ({ events }) => expectExplained(events, policy)),
      propertyOptions({ numRuns: 40 }),
    );
  });
});

test('what follows from decisions about references is explained by them, for every mix of strategies', async () => {
  const shipped = fc.constantFrom(restore(), detach(), cascade(), review());
  const policies = fc.record({ byField: shipped, byDependsOn: shipped }).map(({ byField, byDependsOn }) =>
    tinyPolicy({
      references: { parent: 'task' },
      byReference: { parent: byField },
      byConflict: { dependency: byDependsOn },
      existence: hashed,
    }),
  );
  const histories = arbitraryHistory({ references: { parent: 'task' }, dependsOn: true });
  await fc.assert(
    fc.asyncProperty(histories, policies, ({ events }, policy) => expectExplained(events, policy)),
    propertyOptions({ numRuns: 100 }),
  );
});
