/** The default wiring of a replica: what each part is made from. */
import 'reflect-metadata';
import { ContainerModule } from 'inversify';
import { createMemoryStore } from '../adapters/memory/index.js';
import { nodeSystem } from '../adapters/system/index.js';
import {
  adoptPolicy,
  createReplica,
  defaultMergeLimits,
  giveIdentity,
  takeNewIdentity,
  type EventStore,
  type MergeDeps,
  type MergeLimits,
  type Replica,
  type System,
  type WallClock,
} from '../application/index.js';
import { defaultPolicy, policyFromData, ReknitError, timestampToMs, type Policy } from '../domain/index.js';
import type { OpenOptions } from './open-options.js';
import { tokens } from './tokens.js';

/** Every default binding, for a container of the embedder. */
export const replicaModule = (options: OpenOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(tokens.options).toConstantValue(options);
    bind(tokens.limits).toConstantValue({ ...defaultMergeLimits, ...options.limits });
    bind(tokens.wantedPolicy).toConstantValue({ policy: options.policy });
    bind(tokens.system)
      .toResolvedValue((given: OpenOptions) => systemFrom(given), [tokens.options])
      .inSingletonScope();
    bind(tokens.store)
      .toResolvedValue((given: OpenOptions) => storeFrom(given), [tokens.options])
      .inSingletonScope();
    bind(tokens.replica)
      .toResolvedValue(assemble, [tokens.options, tokens.store, tokens.system, tokens.limits, tokens.wantedPolicy])
      .inSingletonScope();
  });

const systemFrom = ({ clock, ids, logger }: OpenOptions): System =>
  nodeSystem({
    ...(clock === undefined ? {} : { clock: checkedClock(clock) }),
    ...(ids === undefined ? {} : { randomId: ids, idsMayRepeat: true }),
    ...(logger === undefined ? {} : { logger }),
  });

/** A clock that gives no time would spoil every stamp after it; a wrong time is another matter (R10). */
const checkedClock =
  (clock: WallClock): WallClock =>
  () => {
    const nowMs = clock();
    if (!Number.isSafeInteger(nowMs) || nowMs < earliestMs || nowMs > latestMs)
      throw new ReknitError(
        'bad_clock',
        `the clock gave ${String(nowMs)}: it must give whole milliseconds since 1970, of the years 0000 to 9999`,
        { nowMs },
      );
    return nowMs;
  };

const earliestMs = timestampToMs('0000-01-01T00:00:00.000Z') ?? 0;
const latestMs = timestampToMs('9999-12-31T23:59:59.999Z') ?? 0;

const storeFrom = async ({ store, file, durability, readOnly }: OpenOptions): Promise<EventStore> => {
  if (store !== undefined) return store;
  if (file === undefined) return createMemoryStore();
  // Loaded here alone, so that who uses another store needs none of it.
  const { openSqliteStore } = await import('../adapters/sqlite/index.js');
  return openSqliteStore({
    file,
    ...(durability === undefined ? {} : { durability }),
    ...(readOnly === undefined ? {} : { readOnly }),
  });
};

const assemble = async (
  options: OpenOptions,
  store: EventStore,
  system: System,
  limits: MergeLimits,
  { policy: wanted }: { readonly policy: Policy | undefined },
): Promise<Replica> => {
  try {
    return await openOn(options, store, system, limits, wanted);
  } catch (error) {
    // A store that was handed in stays the embedder's.
    if (options.store === undefined) await store.close();
    throw error;
  }
};

const openOn = async (
  options: OpenOptions,
  store: EventStore,
  system: System,
  limits: MergeLimits,
  wanted: Policy | undefined,
): Promise<Replica> => {
  const found = await store.facts();
  const stored = found.policy === undefined ? undefined : policyFromStored(found.policy.data);
  const policy = wanted ?? stored ?? (found.policy === undefined ? defaultPolicy : undefined);
  const readOnly =
    policy === undefined ? policyMissing(found.policy?.data) : options.readOnly === true ? readOnlyError() : undefined;
  const effective = policy ?? policyForReading(found.policy?.fingerprint ?? '');
  const deps: MergeDeps = { store, policy: effective, system, limits };
  if (readOnly === undefined) {
    const data = { fingerprint: effective.fingerprint, data: effective.data, rederiveFrom: undefined };
    const facts = await giveIdentity(deps, { replicaId: options.replicaId ?? system.randomId(), policy: data });
    if (facts.isCopy) await takeNewIdentity(deps, system.randomId(), []);
    await adoptPolicy(deps, options.onRederive, options.signal);
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
    if (error instanceof ReknitError && error.code === 'policy_missing') return undefined;
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

/** Shows what is stored as it was decided; nothing is decided under it. */
const policyForReading = (fingerprint: string): Policy => ({ ...defaultPolicy, fingerprint });
