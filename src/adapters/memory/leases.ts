/** Leases in memory: several replicas of one process may share a store. */
import { leaseAfter, type Lease, type LeaseRequest } from '../../application/ports/lease.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { ReknitError } from '../../domain/shared/errors.js';

export type Leases = Map<string, Lease>;

export const takeLease = (leases: Leases, request: LeaseRequest): Lease => {
  const lease = Object.freeze(leaseAfter(leases.get(request.name), request));
  leases.set(request.name, lease);
  return lease;
};

/** Throws for who lost the lease (S15). */
export const checkFence = (leases: Leases, { fence }: UnitOfWork): void => {
  if (fence === undefined || leases.get(fence.name)?.token === fence.token) return;
  throw new ReknitError('lease_lost', 'another process has taken over the sync of this data', { name: fence.name });
};
