/**
 * What the author of a reference, or of a delete, had seen of the other side (R25): a write
 * of a reference lists its target's heads, a delete the reference writes to its resource.
 */
import { compareDots } from '../../domain/causality/dot.js';
import type { Dot, ResourceRef } from '../../domain/events/event.js';
import { eventLimits } from '../../domain/events/limits.js';
import type { Change } from '../../domain/resource/change.js';
import { compareRefs, refOfKey, resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { ResourceState } from '../../domain/resource/state.js';
import type { TypeRules } from '../../domain/strategies/policy.js';
import type { MergeDeps } from '../merge-driver.js';

/** What a change refers to. */
export const targetsOf = (change: Change, rules: TypeRules): readonly ResourceRef[] => {
  const targets = rules.references.flatMap(({ field, targetType }) => {
    const value = change.payload !== null && Object.hasOwn(change.payload, field) ? change.payload[field] : undefined;
    return typeof value === 'string' ? [{ resourceType: targetType, resourceId: value }] : [];
  });
  return [...targets, ...(change.options.dependsOn ?? [])];
};

export const seesOf = async (
  { store, policy }: MergeDeps,
  change: Change,
  /** The state that earlier writes of the same group left, where there are any. */
  current: (ref: ResourceRef) => ResourceState | undefined,
): Promise<readonly Dot[]> => {
  const seen = new Set<Dot>();
  const targets = targetsOf(change, policy.rulesFor(change.resourceType)).filter(
    (target) => compareRefs(target, change) !== 0,
  );
  if (targets.length > 0) {
    const world = await store.loadWorld({ resources: targets.map(resourceKeyOf), referrersOf: [] });
    for (const target of targets) {
      const state = current(target) ?? world.resources.get(resourceKeyOf(target))?.state;
      for (const head of state?.heads ?? []) seen.add(head);
    }
  }
  if (change.operation === 'delete' || change.payload === null)
    for (const dot of await writesReferringTo(store, policy, change)) seen.add(dot);
  return asManyAsFit([...seen].sort(compareDots));
};

/** What is left out was seen all the same, and is said to be unseen; the event could not be recorded with it. */
const asManyAsFit = (dots: readonly Dot[]): readonly Dot[] => {
  let room = eventLimits.eventBytesMax / 2;
  const count = dots.findIndex((dot) => (room -= bytesMostOf(dot)) < 0);
  return dots.slice(0, Math.min(count < 0 ? dots.length : count, eventLimits.seesMax));
};

/** With quotes and a comma. A character takes six bytes at most, where JSON escapes it. */
const bytesMostOf = (dot: Dot): number => (/^[\w:.-]*$/.test(dot) ? 1 : 6) * dot.length + 3;

const writesReferringTo = async (
  store: MergeDeps['store'],
  policy: MergeDeps['policy'],
  target: ResourceRef,
): Promise<readonly Dot[]> => {
  const key = resourceKeyOf(target);
  const world = await store.loadWorld({ resources: [], referrersOf: [key] });
  const referrers = (world.referrers.get(key) ?? []).filter((referrer) => referrer !== key);
  if (referrers.length === 0) return [];
  const loaded = await store.loadWorld({ resources: referrers, referrersOf: [] });
  return referrers.flatMap((referrer) => {
    const state = loaded.resources.get(referrer)?.state;
    return state === undefined ? [] : referenceWrites(state, target, policy.rulesFor(refOfKey(referrer).resourceType));
  });
};

const referenceWrites = (state: ResourceState, target: ResourceRef, rules: TypeRules): readonly Dot[] => {
  const fields = rules.references.filter(({ targetType }) => targetType === target.resourceType);
  const writes = fields
    .flatMap(({ field }) => state.units.get(rules.unitOf(field).key)?.siblings ?? [])
    .map(({ dot }) => dot);
  const named = state.dependsOn
    .filter(({ targets }) => targets.some((other) => compareRefs(other, target) === 0))
    .map(({ dot }) => dot);
  return [...writes, ...named];
};
