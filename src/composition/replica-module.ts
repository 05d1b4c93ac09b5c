/** The default wiring of a replica: what each part is made from. */
import 'reflect-metadata';
import { ContainerModule } from 'inversify';
import { createMemoryStore } from '../adapters/memory/index.js';
import { nodeSystem } from '../adapters/system/index.js';
import {
  defaultMergeLimits,
  openReplicaOn,
  type EventStore,
  type MergeLimits,
  type Replica,
  type System,
  type WallClock,
} from '../application/index.js';
import { ReknitError, timestampToMs, type Policy } from '../domain/index.js';
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

const storeFrom = async ({ store, file, durability, readOnly, busyTimeoutMs }: OpenOptions): Promise<EventStore> => {
  if (store !== undefined) return store;
  if (file === undefined) return createMemoryStore();
  // Loaded here alone, so that who uses another store needs none of it.
  const { openSqliteStore } = await import('../adapters/sqlite/index.js');
  return openSqliteStore({
    file,
    ...(durability === undefined ? {} : { durability }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }),
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
    const { agentId, replicaId, onPolicyMismatch, readOnly, onRederive, signal } = options;
    const given = { agentId, replicaId, onPolicyMismatch, readOnly, onRederive, signal };
    return await openReplicaOn({ store, system, limits, policy: wanted }, given);
  } catch (error) {
    // A store that was handed in stays the embedder's.
    if (options.store === undefined) await store.close();
    throw error;
  }
};
