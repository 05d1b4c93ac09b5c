/** Drives the real merge on a store and reads back what it made of it, in the model's form. */
import { defaultMergeLimits, runMerge, type MergeDeps } from '../../src/application/merge-driver.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import { silentLogger, type System } from '../../src/application/ports/system.js';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.js';
import type { ReknitEvent, SealedEvent } from '../../src/domain/events/event.js';
import { parseEvent } from '../../src/domain/events/parse.js';
import { canonicalResource } from '../../src/domain/resource/canonical.js';
import { timestampToMs } from '../../src/domain/clock/timestamp.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { createHash } from 'node:crypto';

export const fastSha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const testSystem = (nowMs = timestampToMs('2026-11-22T12:00:00.000Z') ?? 0): System => {
  let ids = 0;
  return { clock: () => nowMs, randomId: () => `id-${(ids += 1)}`, sha256: fastSha256, logger: silentLogger };
};

export const sealed = (event: ReknitEvent): SealedEvent => {
  const result = parseEvent(event, fastSha256);
  if (!result.ok) throw new Error(`generated an event that the parser refuses: ${result.error.message}`);
  return result.value;
};

export interface Engine {
  readonly store: EventStore;
  readonly deliver: (events: readonly ReknitEvent[]) => ReturnType<typeof runMerge>;
  /** Derives every stored resource anew, one by one, as after a change of policy (R40). */
  readonly rederive: () => Promise<void>;
}

export const engineOn = (policy: Policy, store: EventStore = createMemoryStore()): Engine => {
  const deps: MergeDeps = { store, policy, system: testSystem(), limits: defaultMergeLimits };
  const origin = { type: 'received' } as const;
  return {
    store,
    deliver: (events) => runMerge(deps, { batch: events.map(sealed), origin }),
    rederive: async () => {
      const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1_000_000 });
      for (const { state } of items)
        await runMerge(deps, {
          batch: [],
          origin,
          rederive: [state],
          acts: [{ type: 'ResourcesRederived', count: 1 }],
        });
    },
  };
};

/** State, conflicts and log of everything in the store, in canonical order. */
export const stateIn = async (store: EventStore): Promise<unknown> => {
  const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1_000_000 });
  const conflicts = (await store.readConflicts({ limit: 1_000_000 })).items.map(({ record }) => record);
  const parked = (await store.readParked({ after: 0, limit: 1_000_000 })).items.map(({ sealed: { dot } }) => dot);
  return {
    parked: [...parked].sort(),
    resources: items.map(({ state, view }) =>
      canonicalResource(
        state,
        view,
        conflicts.filter(
          (record) => record.resourceType === state.resourceType && record.resourceId === state.resourceId,
        ),
      ),
    ),
  };
};
