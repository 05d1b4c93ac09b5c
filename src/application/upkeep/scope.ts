/**
 * Which part of the log a replica reads (R38): some types, some resources, and whatever types
 * the policy refers to from there, since a reference to a deleted resource is a conflict that
 * only who knows the target can see.
 *
 * A replica has one scope at a time. It stands with the data, because numbers that it left out
 * are explained by it, and because only digests of equal scopes compare.
 */
import type { ResourceRef } from '../../domain/events/event.js';
import type { DotRange } from '../../domain/merge/unit-of-work.js';
import { compareRefs, compareTexts, refOf } from '../../domain/resource/resource-key.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { commitNotes } from '../commit-notes.js';
import type { MergeDeps } from '../merge-driver.js';
import type { SkippedDots, SyncScope } from '../ports/remote.js';

/** The scope as everyone asks for it: widened, sorted, each name once; undefined for everything. */
const widenedScope = (scope: SyncScope | undefined, policy: Policy): SyncScope | undefined => {
  if (scope?.resourceTypes === undefined && scope?.resources === undefined) return undefined;
  const types = new Set(scope.resourceTypes ?? []);
  const open = [...types, ...(scope.resources ?? []).map(({ resourceType }) => resourceType)];
  const seen = new Set<string>();
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    if (seen.has(type)) continue;
    seen.add(type);
    for (const { targetType } of policy.rulesFor(type).references) {
      types.add(targetType);
      open.push(targetType);
    }
  }
  const single = new Map(
    (scope.resources ?? []).map((ref) => [canonicalJson([ref.resourceType, ref.resourceId]), ref]),
  );
  const resources = [...single.values()].filter(({ resourceType }) => !types.has(resourceType)).map(refOf);
  return {
    resourceTypes: [...types].sort(compareTexts),
    ...(resources.length === 0 ? {} : { resources: resources.sort(compareRefs) }),
  };
};

/** The form in which it is stored; the empty text is everything. */
const scopeText = (scope: SyncScope | undefined): string =>
  scope === undefined ? '' : canonicalJson([scope.resourceTypes ?? [], (scope.resources ?? []).map(pairOf)]);

const pairOf = ({ resourceType, resourceId }: ResourceRef): readonly [string, string] => [resourceType, resourceId];

/** Whether a resource belongs to a stored scope. */
export const scopeTest = (text: string): ((ref: ResourceRef) => boolean) => {
  if (text === '') return () => true;
  const [types, resources] = JSON.parse(text) as [string[], [string, string][]];
  const wanted = new Set(resources.map((pair) => canonicalJson(pair)));
  return (ref) => types.includes(ref.resourceType) || wanted.has(canonicalJson(pairOf(ref)));
};

/** Reads this part from now on. What another scope left out is missing from then on, and is read again. */
export const adoptScope = async (deps: MergeDeps, scope: SyncScope | undefined): Promise<SyncScope | undefined> => {
  const widened = widenedScope(scope, deps.policy);
  const text = scopeText(widened);
  await commitNotes(deps, (work, facts) => (facts.scope === text ? undefined : { ...work, scope: text }), [
    { type: 'ScopeAdopted', scope: text },
  ]);
  return widened;
};

/** What a page says that it left out, checked: it was written by others. */
export const skippedRanges = (skipped: SkippedDots | undefined): readonly DotRange[] => {
  const ranges: DotRange[] = [];
  for (const [replicaId, pairs] of Object.entries(skipped ?? {})) {
    if (!Array.isArray(pairs)) throw malformed();
    for (const pair of pairs as readonly unknown[]) {
      if (!Array.isArray(pair)) throw malformed();
      const [from, to] = pair as readonly unknown[];
      if (!isSeq(from) || !isSeq(to) || to < from) throw malformed();
      ranges.push({ replicaId, from, to });
    }
  }
  return ranges;
};

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const malformed = (): ReknitError =>
  new ReknitError('remote_failed', 'the remote named skipped numbers that are none: this is an error of the remote');
