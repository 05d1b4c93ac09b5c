/**
 * The same power without storage: plain lists of events folded in memory. It is the merge on
 * an empty store, so what it answers is what any replica with these events answers.
 */
import { auditOrigin } from '../audit/audit-chain.js';
import { clockOrigin } from '../clock/hybrid-clock.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import type { Dot, ReknitEvent, ReplicaId, SealedEvent } from '../events/event.js';
import { parseEventOrThrow } from '../events/parse.js';
import { compareRefs, resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import type { ResourceView } from '../resource/view.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { checkArgument, isIterable } from '../shared/check-argument.js';
import { ReknitError } from '../shared/errors.js';
import { invariant } from '../shared/invariant.js';
import { portableSha256, type Sha256 } from '../shared/sha256.js';
import { checkPolicyGiven } from '../strategies/policy-check.js';
import type { Policy } from '../strategies/policy.js';
import type { DependencyWorld } from './dependencies.js';
import type { Loaded, LoadedHistory } from './loaded.js';
import { mergeBatch } from './merge-batch.js';

/** What a set of events comes to. */
export interface FoldedEvents {
  /** In canonical order; resources of which only voids are known are left out. */
  readonly resources: readonly { readonly state: ResourceState; readonly view: ResourceView }[];
  /** The log (R20): conflicts that stand and conflicts that were closed. */
  readonly conflicts: readonly ConflictRecord[];
  /** Dots of events that wait for a parent. */
  readonly parked: readonly Dot[];
}

/**
 * Folds events of any resources, in any order.
 *
 * @throws ReknitError with the code of the refusal when one of them is no valid event
 */
export const foldEvents = (
  events: Iterable<ReknitEvent>,
  policy: Policy,
  sha256: Sha256 = portableSha256,
): FoldedEvents => {
  checkArgument(isIterable(events), 'foldEvents', 'events', 'an iterable of event objects');
  checkPolicyGiven('foldEvents', policy);
  return foldSealed(
    [...events].map((event) => parseEventOrThrow(event, sha256)),
    policy,
    sha256,
  );
};

/** The state of one resource, or undefined if none of the events applies to it. */
export const foldResource = (
  events: Iterable<ReknitEvent>,
  policy: Policy,
  sha256: Sha256 = portableSha256,
): FoldedEvents['resources'][number] | undefined => {
  checkArgument(isIterable(events), 'foldResource', 'events', 'an iterable of event objects');
  checkPolicyGiven('foldResource', policy);
  const { resources } = foldEvents(events, policy, sha256);
  if (resources.length > 1)
    throw new ReknitError('several_resources', 'these are events of several resources: fold them with foldEvents');
  return resources[0];
};

export const foldSealed = (batch: readonly SealedEvent[], policy: Policy, sha256: Sha256): FoldedEvents => {
  const nothingStored: LoadedHistory = {
    isWhole: true,
    events: [],
    voids: [],
    variants: [],
    parked: [],
    conflicts: [],
  };
  const histories = new Map<ResourceKey, LoadedHistory>();
  const absent = new Map<ResourceKey, undefined>();
  const world: DependencyWorld = { resources: absent, referrers: new Map(), records: new Map(), hasReferences: false };
  const asked = new Set<string>();
  for (;;) {
    const result = mergeBatch(
      { loaded: nothingLoaded, batch, histories, world, origin: { type: 'received' }, acts: [] },
      // Time is no matter here: nothing is held back, and no audit entry is kept.
      { policy, sha256, nowMs: 0, aheadMsMax: Infinity, parkedMax: Infinity },
    );
    if (result.type === 'done') {
      const { unitOfWork } = result;
      const resources = (unitOfWork?.resources ?? []).filter(({ state }) => state.existence.length > 0);
      return {
        resources: [...resources].sort((a, b) => compareRefs(a.state, b.state)),
        conflicts: unitOfWork?.conflicts ?? [],
        parked: (unitOfWork?.park ?? []).map(({ sealed }) => sealed.dot),
      };
    }
    const question = canonicalJson([result.histories, result.world]);
    invariant(!asked.has(question), `a fold in memory asked again for what it was given: ${question}`);
    asked.add(question);
    // Whatever it asks for, nothing is stored.
    for (const key of result.world?.resources ?? []) absent.set(key, undefined);
    for (const request of result.histories) histories.set(resourceKeyOf(request), nothingStored);
  }
};

const nothingLoaded: Loaded = {
  replica: { replicaId: '' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 },
  policyFingerprint: '',
  audit: auditOrigin,
  known: new Map(),
  sameId: new Map(),
  states: new Map(),
  parked: [],
  parkedCount: 0,
  withVoids: new Set(),
};
