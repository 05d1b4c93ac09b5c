/**
 * Holds every stored state and conflict against a fold of the log from scratch. Resources that refer to each other are
 * folded together; all others a part at a time, so that memory does not grow with the log.
 */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { isOpen } from '../../domain/conflict/conflict-record.js';
import type { ResourceRef } from '../../domain/events/event.js';
import { foldSealed } from '../../domain/merge/fold-events.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import { canonicalResource } from '../../domain/resource/canonical.js';
import { refOf, refOfKey, resourceKeyOf, uniqueRefs, type ResourceKey } from '../../domain/resource/resource-key.js';
import { appendTo } from '../../domain/shared/append-to.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { isReknitError } from '../../domain/shared/errors.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { isDamage } from '../damage/intact.js';
import { sturdyPages } from '../damage/sturdy-pages.js';
import { eventPage, resourcePages } from '../pages.js';
import { addVariantsElsewhere } from '../reading/variants-elsewhere.js';
import type { EventStore } from '../ports/event-store.js';
import type { System } from '../ports/system.js';

export interface StateDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
}

/** A resource whose state or conflicts are not those that its events give. */
export type StateProblem = { readonly type: 'StateDiffers' } & ResourceRef;

/** Resources that are folded at once. */
const foldChunk = 200;
/** Events read at once, where resources have to be found by them. */
const pageSize = 2_000;

/** @returns how many resources were compared */
export const checkStates = async (
  { store, policy, system }: StateDeps,
  report: (problem: StateProblem) => void,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const { hasReferences } = await store.loadWorld({ resources: [], referrersOf: [] });
  let done = 0;
  // What resources refer to each other must be folded together; otherwise a part at a time is enough.
  const chunk = hasReferences ? Infinity : foldChunk;
  let waiting: ResourceRef[] = [];
  const check = async (): Promise<void> => {
    signal?.throwIfAborted();
    await compareAll({ store, policy, system }, waiting, report);
    done += waiting.length;
    waiting = [];
    onProgress(done);
  };
  for await (const refs of allResources(store)) {
    waiting.push(...refs);
    if (waiting.length >= chunk) await check();
  }
  if (waiting.length > 0) await check();
  return done;
};

/** Resources by id; where a state cannot be read, those that the events name, which takes longer. */
async function* allResources(store: EventStore): AsyncIterable<readonly ResourceRef[]> {
  const seen = new Set<ResourceKey>();
  try {
    for await (const page of resourcePages(store, { includeDeleted: true, orderBy: 'id', limit: foldChunk })) {
      for (const { state } of page) seen.add(resourceKeyOf(state));
      yield page.map(({ state }) => refOf(state));
    }
    return;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for await (const { items } of sturdyPages((query) => eventPage(store, query), pageSize)) {
    const fresh = items.filter(({ place }) => place === 'applied').map(({ sealed }) => refOf(sealed.event));
    const refs = uniqueRefs(fresh).filter((ref) => !seen.has(resourceKeyOf(ref)));
    for (const ref of refs) seen.add(resourceKeyOf(ref));
    yield refs;
  }
}

/** Where a part cannot be compared as a whole, because something in it is damaged, each resource alone. */
const compareAll = async (
  deps: StateDeps,
  refs: readonly ResourceRef[],
  report: (problem: StateProblem) => void,
): Promise<void> => {
  const found: StateProblem[] = [];
  try {
    await compare(deps, await historiesOf(deps.store, refs), (problem) => found.push(problem));
    found.forEach(report);
  } catch (error) {
    if (isReknitError(error) && !isDamage(error)) throw error;
    const [only, ...others] = refs;
    if (only === undefined) return;
    if (others.length === 0) report({ type: 'StateDiffers', ...only });
    else for (const ref of refs) await compareAll(deps, [ref], report);
  }
};

const historiesOf = async (
  store: EventStore,
  refs: readonly ResourceRef[],
): Promise<ReadonlyMap<ResourceKey, LoadedHistory>> => {
  const histories = new Map<ResourceKey, LoadedHistory>();
  for (let start = 0; start < refs.length; start += foldChunk) {
    const requests = refs.slice(start, start + foldChunk).map((ref) => ({ ...ref, since: undefined }));
    for (const [key, history] of await store.loadHistories(requests)) histories.set(key, history);
  }
  return histories;
};

const compare = async (
  { store, policy, system }: StateDeps,
  histories: ReadonlyMap<ResourceKey, LoadedHistory>,
  report: (problem: StateProblem) => void,
): Promise<void> => {
  const batch = [...histories.values()].flatMap((history) => [
    ...history.events.map(({ sealed }) => sealed),
    ...history.variants,
  ]);
  await addVariantsElsewhere(batch, histories.values(), store);
  const folded = foldSealed(batch, policy, system.sha256);
  const expected = new Map(folded.resources.map(({ state, view }) => [resourceKeyOf(state), { state, view }]));
  const records = new Map<ResourceKey, ConflictRecord[]>();
  for (const record of folded.conflicts) appendTo(records, resourceKeyOf(record), record);
  for (const [key, history] of histories) {
    const stored = await store.readResource(refOfKey(key));
    const fresh = expected.get(key);
    if (stored === undefined || fresh === undefined) {
      report({ type: 'StateDiffers', ...refOfKey(key) });
      continue;
    }
    const own = records.get(key) ?? [];
    const isSame =
      canonicalJson(canonicalResource(stored.state, stored.view, history.conflicts)) ===
        canonicalJson(canonicalResource(fresh.state, fresh.view, own)) &&
      stored.view.pendingConflicts === own.filter(isOpen).length &&
      stored.view.updatedAt === fresh.view.updatedAt &&
      stored.view.updatedBy === fresh.view.updatedBy;
    if (!isSame) report({ type: 'StateDiffers', ...refOfKey(key) });
  }
};
