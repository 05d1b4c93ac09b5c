/** Opens a replica on a store: who it is, under which policy, and whether it may write. */
import { defaultPolicy } from '../../domain/strategies/default-policy.js';
import { policyFromData } from '../../domain/strategies/policy-from-data.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';
import { createReplica } from '../create-replica.js';
import { giveIdentity } from '../identity/give-identity.js';
import { takeNewIdentity } from '../identity/take-new-identity.js';
import type { MergeDeps, MergeLimits } from '../merge-driver.js';
import { adoptPolicy, type AdoptionProgress } from './policy-adoption.js';
import type { EventStore, StoreFacts } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import type { Replica } from '../replica.js';

/** What a replica stands on. */
export interface ReplicaGround {
  readonly store: EventStore;
  readonly system: System;
  readonly limits: MergeLimits;
  /** Undefined for the one that is stored, or the default policy for new data. */
  readonly policy: Policy | undefined;
}

/** How it is opened on that. */
export interface OpenOnOptions {
  /** Who writes, unless told otherwise write by write. */
  readonly agentId: string;
  /** For a new replica; random otherwise. */
  readonly replicaId?: string | undefined;
  /** Whether foreign events are applied while a remote merges under another policy; `warn`, the default, applies them. */
  readonly onPolicyMismatch?: 'warn' | 'hold' | undefined;
  readonly readOnly?: boolean | undefined;
  /** Told while states are derived anew under another policy. */
  readonly onRederive?: ((progress: AdoptionProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the replica that a store holds, or makes it on first use. The store stays the caller's where this fails.
 *
 * @throws ReknitError `policy_changed`, and the codes of the store
 */
export const openReplicaOn = async (
  { store, system, limits, policy: wanted }: ReplicaGround,
  options: OpenOnOptions,
): Promise<Replica> => {
  const found = await store.facts();
  const stored = found.policy === undefined ? undefined : policyFromStored(found.policy.data);
  const policy = wanted ?? stored ?? (found.policy === undefined ? defaultPolicy : undefined);
  const readOnly =
    policy === undefined ? policyMissing(found.policy?.data) : options.readOnly === true ? readOnlyError() : undefined;
  const effective = policy ?? policyForReading(found.policy);
  const deps: MergeDeps = { store, policy: effective, system, limits };
  if (readOnly === undefined) {
    const data = { fingerprint: effective.fingerprint, data: effective.data, rederiveFrom: undefined };
    await giveIdentity(deps, { replicaId: options.replicaId ?? system.randomId(), policy: data });
    // Before the new id: what goes on under it is merged anew, which needs the states of this policy.
    await adoptPolicy(deps, options.onRederive, options.signal);
    if ((await store.facts()).isCopy) await takeNewIdentity(deps, system.randomId(), []);
    await store.declareIndexes(effective.indexes);
  }
  return createReplica({
    ...deps,
    agentId: options.agentId,
    onPolicyMismatch: options.onPolicyMismatch ?? 'warn',
    readOnly,
  });
};

const policyFromStored = (data: Policy['data']): Policy | undefined => {
  try {
    return policyFromData(data);
  } catch (error) {
    // A policy with custom code cannot be rebuilt from what is stored of it.
    if (isReknitError(error, 'policy_missing')) return undefined;
    throw error;
  }
};

const policyMissing = (data: Policy['data'] | undefined): ReknitError =>
  new ReknitError(
    'policy_missing',
    `this data was written under a policy with code of its own (${typeof data?.['name'] === 'string' ? data['name'] : 'unnamed'}): open it with that policy to write; without it one can only read`,
  );

const readOnlyError = (): ReknitError =>
  new ReknitError('read_only', 'this replica was opened for reading alone: open it without readOnly to write');

/** Shows what is stored as it was decided, under the name of what decided it; nothing is decided under it. */
const policyForReading = (stored: StoreFacts['policy']): Policy => ({
  ...defaultPolicy,
  name: typeof stored?.data['name'] === 'string' ? stored.data['name'] : 'unnamed',
  fingerprint: stored?.fingerprint ?? '',
});
