/**
 * Conflicts as strategies meet them: two or more siblings with different dots, in the order of
 * R1, of which at least two disagree, with the kind that R17 gives them. Clocks, priorities,
 * agents and values come from small pools, so that ties and near-ties are common.
 */
import fc from 'fast-check';
import { byDot } from '../../domain/causality/dot.js';
import { conflictIdOf } from '../../domain/conflict/conflict-identity.js';
import type { Operation } from '../../domain/events/event.js';
import { canonicalJson, sameJson } from '../../domain/shared/canonical-json.js';
import type { Json } from '../../domain/shared/json.js';
import { portableSha256 } from '../../domain/shared/sha256.js';
import type { ConflictCase, ConflictType, Sibling, Unit } from '../../domain/strategies/merge-strategy.js';
import { jsonValues } from './json-values.js';

/** Conflicts of every kind and unit. */
export const conflictCases = (): fc.Arbitrary<ConflictCase> =>
  fc.oneof(
    { arbitrary: fieldConflicts(jsonValues()), weight: 4 },
    { arbitrary: existenceConflicts(), weight: 2 },
    { arbitrary: dependencyConflicts(), weight: 1 },
    { arbitrary: compositeConflicts(), weight: 1 },
  );

/** Conflicts of one field whose values are these, for a strategy that is typed by its field's value. */
export const fieldConflicts = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<ConflictCase<Value>> =>
  conflictsOf<Value>(
    fieldNames.map((field) => ({ kind: 'field', field })),
    ['create', 'update', 'resolve'],
    () => values,
  );

const existenceConflicts = (): fc.Arbitrary<ConflictCase> =>
  conflictsOf<Json>([{ kind: 'existence' }], ['create', 'update', 'delete', 'resolve'], (operation) =>
    operation === 'resolve'
      ? fc.constantFrom('alive', 'deleted')
      : fc.constant(operation === 'delete' ? 'deleted' : 'alive'),
  );

const dependencyConflicts = (): fc.Arbitrary<ConflictCase> =>
  conflictsOf<Json>(
    [{ kind: 'dependency', field: 'trackId', target: { resourceType: 'track', resourceId: 'track-1' } }],
    ['update', 'delete'],
    (operation) => fc.constant(operation === 'delete' ? 'deleted' : 'reference'),
  );

const compositeConflicts = (): fc.Arbitrary<ConflictCase> => {
  const fields = ['street', 'town'];
  const composite = fc.option(fc.dictionary(fc.constantFrom(...fields), jsonValues(), { noNullPrototype: true }), {
    nil: undefined,
  });
  return conflictsOf<Json | undefined>(
    [{ kind: 'group', group: 'address', fields }, { kind: 'resource' }],
    ['create', 'update', 'resolve'],
    () => composite,
  ) as fc.Arbitrary<ConflictCase>;
};

const fieldNames = ['title', 'status', 'otherwise', 'constructor'] as const;
const replicaIds = ['laptop', 'phone', 'Phone', 'é', 'ab:12'] as const;
const agentIds = ['claude-1', 'claude-2', 'mia'] as const;
const timestamps = [
  '1970-01-01T00:00:00.000Z',
  '2026-02-02T10:00:00.000Z',
  '2026-02-02T10:00:00.001Z',
  '9999-12-31T23:59:59.999Z',
] as const;

const conflictsOf = <Value>(
  units: readonly Unit[],
  operations: readonly Operation[],
  valuesOf: (operation: Operation) => fc.Arbitrary<Value>,
): fc.Arbitrary<ConflictCase<Value>> => {
  const valued = fc
    .constantFrom(...operations)
    .chain((operation) => fc.record({ operation: fc.constant(operation), value: valuesOf(operation) }));
  return fc
    .record({
      unit: fc.constantFrom(...units),
      siblings: fc.uniqueArray(fc.tuple(stamps, valued), { minLength: 2, maxLength: 5, selector: ([{ dot }]) => dot }),
      base: fc.option(valued, { nil: undefined, freq: 2 }),
      resourceId: fc.constantFrom('feat-1', 'feat-2'),
    })
    .map(({ unit, siblings, base, resourceId }) =>
      caseOf(
        unit,
        resourceId,
        siblings.map(([stamp, value]) => ({ ...stamp, ...value })),
        unit.kind === 'dependency' ? undefined : base,
      ),
    )
    .filter(({ siblings }) => siblings.some(({ value }) => !sameJson(value, siblings[0]?.value)));
};

const stamps = fc
  .record({
    replicaId: fc.constantFrom(...replicaIds),
    seq: fc.integer({ min: 1, max: 12 }),
    agentId: fc.constantFrom(...agentIds),
    timestamp: fc.constantFrom(...timestamps),
    counter: fc.constantFrom(0, 1, 0xff_ffff),
    priority: fc.constantFrom(0, 1, 2, 3, -1.5),
  })
  .map((stamp) => ({
    ...stamp,
    dot: `${stamp.replicaId}:${stamp.seq}`,
    eventId: `evt-${stamp.replicaId}-${stamp.seq}`,
  }));

const caseOf = <Value>(
  unit: Unit,
  resourceId: string,
  unsorted: readonly Sibling<Value>[],
  base: { readonly value: Value } | undefined,
): ConflictCase<Value> => {
  const siblings = [...unsorted].sort(byDot);
  const dots = siblings.map(({ dot }) => dot);
  return {
    conflictId: conflictIdOf(portableSha256, 'feature', resourceId, unit, dots),
    conflictType: conflictTypeOf(unit, siblings),
    resourceType: 'feature',
    resourceId,
    unit,
    siblings,
    hasBase: base !== undefined,
    ...(base === undefined ? {} : { base: base.value }),
  };
};

/** R17, the first that holds. */
const conflictTypeOf = (unit: Unit, siblings: readonly Sibling<unknown>[]): ConflictType => {
  if (unit.kind === 'dependency') return 'dependency';
  if (disagree(siblings, 'resolve')) return 'concurrent_resolution';
  if (unit.kind === 'existence') return 'delete_update';
  return disagree(siblings, 'create') ? 'create_create' : 'concurrent_modification';
};

const disagree = (siblings: readonly Sibling<unknown>[], operation: Operation): boolean =>
  new Set(siblings.filter((sibling) => sibling.operation === operation).map(({ value }) => canonicalJson(value))).size >
  1;
