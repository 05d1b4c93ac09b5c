/**
 * A lease: who, among the processes that share a store, does something alone, and until when.
 * Every time it goes to another holder its token grows, and what the one before still wants to
 * write is refused by that token, however late it wakes up.
 */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows whenever the lease goes to another holder. */
  readonly token: number;
  readonly expiresMs: number;
  /** For how long it was asked. */
  readonly ttlMs: number;
}

/** Who asks for a lease, and for how long. */
export interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly nowMs: number;
  /** For how long; 0 gives it back, where it is the holder's. */
  readonly ttlMs: number;
}

/**
 * Whether nobody else may have it. One that runs longer than it was ever asked for was taken
 * before the clock was set back: nobody waits for the future to come again.
 */
export const isLeaseHeld = ({ expiresMs, ttlMs }: Lease, nowMs: number): boolean =>
  expiresMs > nowMs && expiresMs - nowMs <= ttlMs;

/** What stands after a request; the very lease that stood before where nothing changes. For who implements a store. */
export const leaseAfter = (before: Lease | undefined, { name, holder, nowMs, ttlMs }: LeaseRequest): Lease => {
  const isOwn = before?.holder === holder;
  if (before !== undefined && !isOwn && (ttlMs === 0 || isLeaseHeld(before, nowMs))) return before;
  return {
    name,
    holder,
    token: isOwn ? before.token : (before?.token ?? 0) + 1,
    expiresMs: nowMs + ttlMs,
    ttlMs,
  };
};
