/** Leases, each under a key of its own, taken by compare-and-set. */
import type { KeyValueChange, KeyValueStore } from '../../application/ports/key-value-store.js';
import { leaseAfter, type Lease, type LeaseRequest } from '../../application/ports/lease.js';
import type { LeaseFence } from '../../domain/merge/unit-of-work.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { keys } from './keys.js';

/** Of those who ask at once one is first each time, so nobody asks more often than there are others. */
export const takeLease = async (request: LeaseRequest, store: KeyValueStore, attemptsMax: number): Promise<Lease> => {
  const key = keys.lease(request.name);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const [text] = await store.getMany([key]);
    const before = text === undefined ? undefined : (JSON.parse(text) as Lease);
    const lease = leaseAfter(before, request);
    if (sameJson(lease, before)) return lease;
    if (await store.write({ ifUnchanged: [[key, text]], changes: [[key, JSON.stringify(lease)]] })) return lease;
  }
  throw new ReknitError('storage_busy', `the lease ${request.name} changed ${attemptsMax} times meanwhile: ask again`, {
    attempts: attemptsMax,
  });
};

/** What a fenced write expects of the lease; throws for who lost it (S15). */
export const expectedLease = async (
  fence: LeaseFence | undefined,
  store: KeyValueStore,
): Promise<readonly KeyValueChange[]> => {
  if (fence === undefined) return [];
  const key = keys.lease(fence.name);
  const [text] = await store.getMany([key]);
  if (text !== undefined && (JSON.parse(text) as Lease).token === fence.token) return [[key, text]];
  throw new ReknitError('lease_lost', 'another process has taken over the sync of this data', { name: fence.name });
};
