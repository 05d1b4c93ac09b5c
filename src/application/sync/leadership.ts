/**
 * Of the processes that share a file, one syncs with a remote: the one that holds the lease. It
 * extends it while it lives; when it dies, another takes over after the lease has run out. What
 * a process writes that was stopped, and woke up too late, is refused by the fence.
 */
import type { LeaseFence } from '../../domain/merge/unit-of-work.js';
import type { EventStore } from '../ports/event-store.js';
import type { Lease } from '../ports/lease.js';
import type { Logger } from '../ports/system.js';
import type { Timers } from '../ports/timers.js';

export interface Leadership {
  /** Takes the lease, or extends it; answers whether it is ours. Always ours where several may sync. */
  readonly acquire: () => Promise<boolean>;
  readonly release: () => Promise<void>;
  readonly fence: () => LeaseFence | undefined;
}

export interface LeadershipDeps {
  readonly store: EventStore;
  /** Undefined where no lease is needed. */
  readonly name: string | undefined;
  readonly holder: string;
  readonly ttlMs: number;
  readonly clock: () => number;
  readonly timers: Timers | undefined;
  readonly logger: Logger;
  readonly onLost: () => void;
  readonly onSyncer: (syncer: { readonly name: string; readonly isSelf: boolean }) => void;
}

/** How often a lease is extended within the time that it is good for: two failures cost nothing. Who waits for it looks as often. */
export const leaseExtensionsPerTtl = 3;

/** A holder is a name for people, and something that no other process has. */
export const holderOf = (processName: string, randomId: string): string => `${processName}#${randomId}`;
const nameOf = (holder: string): string => holder.slice(0, Math.max(0, holder.lastIndexOf('#')));

export const createLeadership = (deps: LeadershipDeps): Leadership => {
  const { store, name, holder, ttlMs, clock, timers, logger, onLost, onSyncer } = deps;
  let held: Lease | undefined;
  let stopTimer: (() => void) | undefined;
  let givingBack: Promise<void> | undefined;

  const ask = async (forMs: number): Promise<Lease | undefined> =>
    name === undefined ? undefined : store.lease?.({ name, holder, nowMs: clock(), ttlMs: forMs });

  const stop = (): void => {
    stopTimer?.();
    stopTimer = undefined;
    held = undefined;
  };

  const extendLater = (): void => {
    stopTimer?.();
    stopTimer = timers?.after(ttlMs / leaseExtensionsPerTtl, () => {
      void extend();
    });
  };

  const extend = async (): Promise<void> => {
    const before = held;
    if (before === undefined) return;
    try {
      const lease = await ask(ttlMs);
      if (held !== before || lease === undefined) return;
      if (lease.holder !== holder || lease.token !== before.token) {
        stop();
        onSyncer({ name: nameOf(lease.holder), isSelf: false });
        onLost();
        return;
      }
    } catch (error) {
      // The file may be busy; the next time will tell. Whoever takes over meanwhile fences us.
      logger.debug('the lease of the sync was not extended', { error: String(error) });
      if (held !== before) return;
    }
    extendLater();
  };

  const giveBack = async (): Promise<void> => {
    try {
      await ask(0);
    } catch (error) {
      logger.debug('the lease of the sync was not given back', { error: String(error) });
    }
  };

  return {
    acquire: async () => {
      if (held !== undefined) return true;
      const lease = await ask(ttlMs);
      if (lease === undefined) return true;
      const isSelf = lease.holder === holder;
      onSyncer({ name: nameOf(lease.holder), isSelf });
      if (!isSelf) return false;
      held = lease;
      extendLater();
      return true;
    },
    release: async () => {
      // Who closes the store next has to wait for what was begun, or the lease outlives its holder.
      if (held !== undefined) {
        stop();
        givingBack = giveBack();
      }
      await givingBack;
    },
    fence: () => (held === undefined ? undefined : { name: held.name, token: held.token }),
  };
};
