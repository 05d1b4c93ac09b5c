/**
 * Opening under another policy derives every state and conflict anew from the same events
 * (R40): in steps, each a commit that says how far it came, so that it can be interrupted and
 * goes on where it was.
 */
import { appendEntry } from '../domain/audit/audit-chain.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import { invariant } from '../domain/shared/invariant.js';
import { emptyUnit } from './identity.js';
import { runMerge, type MergeDeps } from './merge-driver.js';
import type { ResourceCursor } from './ports/event-store.js';

export interface AdoptionProgress {
  readonly resources: number;
  readonly done: number;
}

const stepSize = 500;

export const adoptPolicy = async (deps: MergeDeps, onProgress: (progress: AdoptionProgress) => void = () => undefined, signal?: AbortSignal): Promise<void> => {
  const { store, policy, system } = deps;
  for (;;) {
    const facts = await store.facts();
    if (facts.policy?.fingerprint === policy.fingerprint) break;
    invariant(facts.replica !== undefined, 'a policy is adopted by a replica');
    const first = (await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1 })).items[0]?.state;
    const adopted = {
      fingerprint: policy.fingerprint,
      data: policy.data,
      rederiveFrom: first === undefined ? undefined : { resourceType: first.resourceType, resourceId: first.resourceId },
    };
    const act = { type: 'PolicyAdopted', fingerprint: policy.fingerprint, policy: policy.data } as const;
    const audit = appendEntry(facts.audit, msToTimestamp(system.clock()), policy.fingerprint, [act], system.sha256);
    if ((await store.commit({ ...emptyUnit, basedOn: facts.audit.count, replica: facts.replica, policy: adopted, audit })) === 'committed') break;
  }

  const { resources } = await store.counts();
  let done = 0;
  /** Before the first resource nothing is skipped; after a step the last one of it is the cursor. */
  let after: ResourceCursor | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const from = (await store.facts()).policy?.rederiveFrom;
    if (from === undefined) return;
    const query = { includeDeleted: true, orderBy: 'id', limit: stepSize } as const;
    const page = await store.readResources(after === undefined ? query : { ...query, after });
    const step = page.items.map(({ state }) => state).filter((state) => after !== undefined || !isBefore(state, from));
    const last = page.items.at(-1)?.state;
    after = last;
    const following = page.next === undefined || last === undefined ? undefined : (await store.readResources({ ...query, limit: 1, after: last })).items[0]?.state;
    const rederiveFrom = following === undefined ? undefined : { resourceType: following.resourceType, resourceId: following.resourceId };
    const adopted = { fingerprint: policy.fingerprint, data: policy.data, rederiveFrom };
    await runMerge(deps, {
      batch: [],
      origin: { type: 'received' },
      rederive: step,
      acts: [{ type: 'ResourcesRederived', count: step.length }],
      complete: (work) => ({ ...work, policy: adopted }),
    });
    done += step.length;
    onProgress({ resources, done });
  }
};

const isBefore = (a: ResourceCursor, b: ResourceCursor): boolean =>
  a.resourceType !== b.resourceType ? a.resourceType < b.resourceType : a.resourceId < b.resourceId;
