/**
 * Opening under another policy derives every state and conflict anew from the same events
 * (R40): in steps, each a commit that says how far it came, so that it can be interrupted and
 * goes on where it was.
 */
import { appendEntry } from '../../domain/audit/audit-chain.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { ResourceRef } from '../../domain/events/event.js';
import { emptyUnitOfWork, type AdoptedPolicy } from '../../domain/merge/unit-of-work.js';
import { refOf } from '../../domain/resource/resource-key.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { runMerge, type MergeDeps } from '../merge-driver.js';
import { untilCommitted } from '../until-committed.js';

/** How far the deriving is, of how many resources. */
export interface AdoptionProgress {
  readonly resources: number;
  readonly done: number;
}

/** Resources derived anew in one commit. */
const stepSize = 500;

/** Does nothing where the policy is in force and everything derived under it. */
export const adoptPolicy = async (
  deps: MergeDeps,
  onProgress: (progress: AdoptionProgress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> => {
  const { store, policy } = deps;
  await untilCommitted(() => noteAdoption(deps));
  const { resources } = await store.counts();
  let done = 0;
  for (;;) {
    signal?.throwIfAborted();
    const from = (await store.facts()).policy?.rederiveFrom;
    if (from === undefined) return;
    // What follows it is the rest of this step, and last of all where the next one begins.
    const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', after: from, limit: stepSize });
    const step = [from, ...items.slice(0, stepSize - 1).map(({ state }) => refOf(state))];
    const adopted = adoptionOf(policy, items[stepSize - 1]?.state);
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

/** From here on the policy holds; which resources are still to be derived under it stands with it. */
const noteAdoption = async ({ store, policy, system }: MergeDeps): Promise<'committed' | 'stale'> => {
  const facts = await store.facts();
  if (facts.policy?.fingerprint === policy.fingerprint) return 'committed';
  invariant(facts.replica !== undefined, 'a policy is adopted by a replica');
  const [first] = (await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1 })).items;
  const adopted = adoptionOf(policy, first?.state);
  const act = { type: 'PolicyAdopted', fingerprint: policy.fingerprint, policy: policy.data } as const;
  const audit = appendEntry(facts.audit, msToTimestamp(system.clock()), policy.fingerprint, [act], system.sha256);
  return store.commit({
    ...emptyUnitOfWork,
    basedOn: facts.audit.count,
    replica: facts.replica,
    policy: adopted,
    audit,
  });
};

const adoptionOf = ({ fingerprint, data }: Policy, next: ResourceRef | undefined): AdoptedPolicy => ({
  fingerprint,
  data,
  rederiveFrom: next === undefined ? undefined : refOf(next),
});
