/**
 * A place where a replica lives: a disk, a clock that may be off, and, while it runs, a process with a replica in it.
 * A process that dies leaves the disk, and whatever it had sent.
 */
import { adoptPolicy } from '../../application/opening/policy-adoption.js';
import { createReplica } from '../../application/create-replica.js';
import { giveIdentity } from '../../application/identity/give-identity.js';
import { defaultMergeLimits, type MergeDeps } from '../../application/merge-driver.js';
import { silentLogger, type System } from '../../application/ports/system.js';
import type { SyncConnection } from '../../application/reconnection-manager.js';
import type { Replica } from '../../application/replica.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { createDisk, type Disk, type DiskCopy, type StoreMaker } from './disk.js';
import { createProcessStore, type ProcessStore } from './process-store.js';
import type { Random } from './random.js';
import type { VirtualTime } from './time.js';
import type { CommitWatch } from './watch-commits.js';

export interface Process {
  readonly store: ProcessStore;
  readonly replica: Replica;
  /** The replica as one of those who write there. */
  readonly as: (agentId: string) => Replica;
  readonly system: System;
  /** Standing connections, by whom they lead to. */
  readonly connections: Map<string, SyncConnection>;
  /** What is still going on. */
  readonly rounds: Set<Promise<unknown>>;
}

export interface Place {
  readonly name: string;
  disk: Disk;
  /** Which of the policies. */
  policy: number;
  skewMs: number;
  process: Process | undefined;
  backup: { readonly copy: DiskCopy; readonly acknowledged: ReadonlySet<string> } | undefined;
  /** The next process dies at one of its first calls. */
  doom: { readonly calls: number; readonly isAfter: boolean } | undefined;
  /** Forms that are open: what was looked at. */
  readonly forms: Map<string, readonly string[]>;
  /** Events that were acknowledged here, by id. */
  acknowledged: Set<string>;
  /** Counts processes and disks. */
  lives: number;
}

export interface PlaceDeps {
  readonly policies: readonly Policy[];
  readonly make: StoreMaker;
  readonly time: VirtualTime;
  readonly chance: Random;
  readonly newId: () => string;
  readonly sha256: Sha256;
  readonly watch: CommitWatch;
}

export const createPlace = async (
  deps: PlaceDeps,
  name: string,
  { policy, skewMs, copy }: { readonly policy: number; readonly skewMs: number; readonly copy?: DiskCopy },
): Promise<Place> => ({
  name,
  disk: await createDisk(deps.make, `${name}-${deps.newId()}`, copy),
  policy,
  skewMs,
  process: undefined,
  backup: undefined,
  doom: undefined,
  forms: new Map(),
  acknowledged: new Set(),
  lives: 0,
});

const latestMs = Date.UTC(9999, 0);

/** Starts the process; it may die while it starts. */
export const start = async (deps: PlaceDeps, place: Place): Promise<Process | undefined> => {
  const { time, chance, newId, sha256, policies, watch } = deps;
  const { disk } = place;
  place.lives += 1;
  const store = createProcessStore(disk.store, (work) => {
    disk.note(work);
    watch.committed(place.name, disk, work);
  });
  if (place.doom !== undefined) store.killLater(place.doom.calls, place.doom.isAfter);
  place.doom = undefined;
  const policy = policies[place.policy % policies.length] as Policy;
  const system: System = {
    clock: () => Math.max(0, Math.min(latestMs, time.nowMs() + place.skewMs)),
    randomId: newId,
    sha256,
    logger: silentLogger,
    timers: time.timers(() => !store.isDead()),
    chance: chance.next,
  };
  const opening = open({ store: store.store, policy, system, limits: defaultMergeLimits }, place.name);
  const replica = await Promise.race([opening, store.death]);
  if (replica === 'died') return undefined;
  const authors = new Map<string, Replica>();
  const as = (agentId: string): Replica => {
    const author = authors.get(agentId) ?? replica.as(agentId);
    authors.set(agentId, author);
    return author;
  };
  const process: Process = { store, replica, as, system, connections: new Map(), rounds: new Set() };
  place.process = process;
  return process;
};

const open = async (deps: MergeDeps, name: string): Promise<Replica> => {
  const { policy } = deps;
  const data = { fingerprint: policy.fingerprint, data: policy.data, rederiveFrom: undefined };
  await giveIdentity(deps, { replicaId: name, policy: data });
  await adoptPolicy(deps);
  return createReplica({ ...deps, agentId: name, onPolicyMismatch: 'warn', readOnly: undefined });
};

/** Ends the process as its user would; nothing is lost. */
export const stop = async (place: Place): Promise<void> => {
  const { process } = place;
  place.process = undefined;
  if (process === undefined || process.store.isDead()) return;
  process.store.kill();
};
