/**
 * One short text for everything that converged replicas agree on: per resource a hash of its
 * canonical state, conflicts and decisions, then a hash of those, with the policy and the
 * scope named. Only digests of one policy and one scope compare (R38, R40).
 */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { canonicalResource } from '../../domain/resource/canonical.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { appendTo } from '../../domain/shared/append-to.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import { conflictPages, resourcePages } from '../pages.js';
import type { EventStore } from '../ports/event-store.js';
import { scopeTest } from '../upkeep/scope.js';

/**
 * `reknit1:SCOPE:POLICY:HASH`: equal texts are equal states, conflicts and decisions. The
 * scope is `all` without a subscription, otherwise the start of its hash; the policy is the start of
 * its fingerprint. `:refused-3` after it says that three events are part of the state that their
 * hub refused (R9): other replicas may be without them.
 */
export type Digest = string;

const pageSize = 2_000;
const linkLength = 1_000;

export const digestOf = async (store: EventStore, policyFingerprint: string, sha256: Sha256): Promise<Digest> => {
  const records = await recordsByResource(store);
  const { scope } = await store.facts();
  const isInScope = scopeTest(scope);
  const scopeName = scope === '' ? 'all' : sha256(scope).slice(0, 16);
  let chained = '';
  let open: string[] = [];
  const chain = (): void => {
    if (open.length > 0) chained = sha256([chained, ...open].join('\n'));
    open = [];
  };
  for await (const page of resourcePages(store, { includeDeleted: true, orderBy: 'id', limit: pageSize }))
    for (const { state, view } of page) {
      if (!isInScope(state)) continue;
      open.push(sha256(canonicalJson(canonicalResource(state, view, records.get(resourceKeyOf(state)) ?? []))));
      // Links of a fixed length, so that the answer does not hang on a store's pages.
      if (open.length === linkLength) chain();
    }
  chain();
  const hash = sha256(canonicalJson({ policy: policyFingerprint, scope: scopeName, resources: chained }));
  const { refusedForeign } = await store.counts();
  const suffix = refusedForeign === 0 ? '' : `:refused-${refusedForeign}`;
  return `reknit1:${scopeName}:${policyFingerprint.slice(0, 16)}:${hash}${suffix}`;
};

const recordsByResource = async (store: EventStore): Promise<ReadonlyMap<ResourceKey, ConflictRecord[]>> => {
  const records = new Map<ResourceKey, ConflictRecord[]>();
  for await (const page of conflictPages(store, { limit: pageSize }))
    for (const { record } of page) appendTo(records, resourceKeyOf(record), record);
  return records;
};
