/**
 * The resources around a batch, folded in it or stored. Whatever is looked up and was not
 * loaded is noted, and answered for now as if there were nothing; the merge then asks for
 * all of it at once and looks again.
 */
import type { ConflictRecord } from '../../conflict/conflict-record.js';
import { evaluate, type Evaluation } from '../../conflict/evaluate.js';
import type { Dot } from '../../events/event.js';
import type { ResourceHistory } from '../../resource/history.js';
import { refOfKey, type ResourceKey } from '../../resource/resource-key.js';
import { appendTo } from '../../shared/append-to.js';
import { invariant } from '../../shared/invariant.js';
import type { FoldContext, FoldedResource } from '../fold-resources.js';
import { foldedHistory } from '../history-steps.js';
import type { HistoryRequest, LoadedHistory } from '../loaded.js';
import { participantOf, type Participant } from './participant.js';
import type { DependencyWorld, WorldRequest } from './world.js';

export interface NeighbourhoodInput {
  readonly folded: ReadonlyMap<ResourceKey, FoldedResource>;
  readonly evaluations: ReadonlyMap<ResourceKey, Evaluation>;
  readonly world: DependencyWorld;
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
}

export interface DependencyNeeds {
  readonly type: 'needs';
  readonly histories: readonly HistoryRequest[];
  readonly world: WorldRequest | undefined;
}

export interface Neighbourhood {
  /** Undefined for a resource that nobody knows. */
  readonly get: (key: ResourceKey) => Participant | undefined;
  readonly referrersOf: (key: ResourceKey) => readonly ResourceKey[];
  /** Stored records of the resource's dependency conflicts. */
  readonly recordsOf: (key: ResourceKey) => readonly ConflictRecord[];
  /** The whole history, with who had seen whom. */
  readonly historyOf: (key: ResourceKey) => ResourceHistory | undefined;
  /** The events of other resources that this event of the resource says to have seen (R25). */
  readonly seenBy: (key: ResourceKey, dot: Dot) => ReadonlySet<Dot>;
  /** What was looked up in vain; undefined where nothing was. */
  readonly needs: () => DependencyNeeds | undefined;
}

export const createNeighbourhood = (input: NeighbourhoodInput, context: FoldContext): Neighbourhood => {
  const { folded, evaluations, world, histories } = input;
  const { policy, sha256 } = context;
  const participants = new Map<ResourceKey, Participant>();
  const foldedHistories = new Map<ResourceKey, ResourceHistory>();
  const wanted = {
    resources: new Set<ResourceKey>(),
    referrersOf: new Set<ResourceKey>(),
    histories: new Set<ResourceKey>(),
  };
  let referrersInBatch: ReadonlyMap<ResourceKey, readonly ResourceKey[]> | undefined;

  const get = (key: ResourceKey): Participant | undefined => {
    const known = participants.get(key);
    if (known !== undefined) return known;
    const own = folded.get(key);
    if (own === undefined && !world.resources.has(key)) wanted.resources.add(key);
    const state = own?.state ?? world.resources.get(key)?.state;
    if (state === undefined) return undefined;
    const evaluation = evaluations.get(key) ?? evaluate(state, policy, sha256);
    const participant = participantOf(state, evaluation, policy.rulesFor(state.resourceType));
    participants.set(key, participant);
    return participant;
  };

  const referrersOf = (key: ResourceKey): readonly ResourceKey[] => {
    referrersInBatch ??= referrersAmong([...folded.keys()].flatMap((source) => get(source) ?? []));
    const inBatch = referrersInBatch.get(key) ?? [];
    if (!world.hasReferences) return inBatch;
    if (!world.referrers.has(key)) wanted.referrersOf.add(key);
    // What the batch changed refers to what it now says, whatever is stored. A store promises no order.
    const stored = (world.referrers.get(key) ?? []).filter((source) => !folded.has(source)).sort();
    return [...inBatch, ...stored];
  };

  const recordsOf = (key: ResourceKey): readonly ConflictRecord[] => {
    if (get(key)?.state.effect?.disputes !== true) return [];
    if (!world.records.has(key)) wanted.resources.add(key);
    return world.records.get(key) ?? [];
  };

  const historyOf = (key: ResourceKey): ResourceHistory | undefined => {
    const known = foldedHistories.get(key);
    if (known !== undefined) return known;
    const own = folded.get(key)?.history?.();
    if (own !== undefined) {
      foldedHistories.set(key, own);
      return own;
    }
    const loaded = histories.get(key);
    if (loaded?.isWhole !== true) {
      wanted.histories.add(key);
      return undefined;
    }
    invariant(!folded.has(key), `the whole history of ${key} is at hand, and its new events were folded without it`);
    const history = foldedHistory(refOfKey(key), loaded, context);
    foldedHistories.set(key, history);
    return history;
  };

  /** A delete is asked once for each reference, and lists as many events. */
  const seen = new Map<readonly Dot[], ReadonlySet<Dot>>();
  const seenBy = (key: ResourceKey, dot: Dot): ReadonlySet<Dot> => {
    const sees = historyOf(key)?.graph.get(dot)?.item.event.sees;
    if (sees === undefined) return nothing;
    const known = seen.get(sees);
    if (known !== undefined) return known;
    const set = new Set(sees);
    seen.set(sees, set);
    return set;
  };

  const needs = (): DependencyNeeds | undefined => {
    const wantsWorld = wanted.resources.size > 0 || wanted.referrersOf.size > 0;
    if (!wantsWorld && wanted.histories.size === 0) return undefined;
    return {
      type: 'needs',
      histories: [...wanted.histories].map((key) => ({ ...refOfKey(key), since: undefined })),
      world: wantsWorld ? { resources: [...wanted.resources], referrersOf: [...wanted.referrersOf] } : undefined,
    };
  };

  return { get, referrersOf, recordsOf, historyOf, seenBy, needs };
};

const nothing: ReadonlySet<Dot> = new Set();

const referrersAmong = (participants: readonly Participant[]): ReadonlyMap<ResourceKey, readonly ResourceKey[]> => {
  const referrers = new Map<ResourceKey, ResourceKey[]>();
  for (const { key, edges } of participants)
    // Several references of one resource stand in a row.
    for (const { target } of edges) if (referrers.get(target)?.at(-1) !== key) appendTo(referrers, target, key);
  return referrers;
};
