/**
 * One short text for everything that converged replicas agree on: per resource a hash of its
 * canonical state, conflicts and decisions, then a hash of those, with the policy and the
 * scope named. Only digests of one policy and one scope compare (R38, R40).
 */
import type { ConflictRecord } from '../domain/conflict/conflict-record.js';
import { canonicalResource } from '../domain/resource/canonical.js';
import { resourceKeyOf, type ResourceKey } from '../domain/resource/resource-key.js';
import { canonicalJson } from '../domain/shared/canonical-json.js';
import type { EventStore } from './ports/event-store.js';
import type { Sha256 } from '../domain/shared/sha256.js';

/**
 * `reknit1:SCOPE:POLICY:HASH`: equal texts are equal states, conflicts and decisions. The
 * scope is `all` without a subscription, the policy the start of its fingerprint.
 */
export type Digest = string;

const pageSize = 2_000;
const linkLength = 1_000;

export const digestOf = async (store: EventStore, policyFingerprint: string, sha256: Sha256): Promise<Digest> => {
  const records = await recordsByResource(store);
  let chained = '';
  let open: string[] = [];
  const chain = (): void => {
    if (open.length > 0) chained = sha256([chained, ...open].join('\n'));
    open = [];
  };
  const query = { includeDeleted: true, orderBy: 'id', limit: pageSize } as const;
  for (let page = await store.readResources(query); ; page = await store.readResources({ ...query, after: page.next })) {
    for (const { state, view } of page.items) {
      open.push(sha256(canonicalJson(canonicalResource(state, view, records.get(resourceKeyOf(state)) ?? []))));
      // Links of a fixed length, so that the answer does not hang on a store's pages.
      if (open.length === linkLength) chain();
    }
    if (page.next === undefined) break;
  }
  chain();
  return `reknit1:all:${policyFingerprint.slice(0, 16)}:${sha256(canonicalJson({ policy: policyFingerprint, scope: 'all', resources: chained }))}`;
};

const recordsByResource = async (store: EventStore): Promise<ReadonlyMap<ResourceKey, ConflictRecord[]>> => {
  const records = new Map<ResourceKey, ConflictRecord[]>();
  const query = { limit: pageSize };
  for (let page = await store.readConflicts(query); ; page = await store.readConflicts({ ...query, after: page.next })) {
    for (const { record } of page.items) {
      const key = resourceKeyOf(record);
      const list = records.get(key);
      if (list === undefined) records.set(key, [record]);
      else list.push(record);
    }
    if (page.next === undefined) return records;
  }
};
