/**
 * Decides one request from what the group before it leaves, and adds its events to the draft.
 * Refused is what throws: whoever calls takes out again what was added.
 */
import type { Dot, ReknitEvent, ResourceRef } from '../../domain/events/event.js';
import type { Change } from '../../domain/resource/change.js';
import { decideChange, type SeenPast, type Standing } from '../../domain/resource/decide.js';
import { seesAllHeads } from '../../domain/resource/draft.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { MergeDeps } from '../merge-driver.js';
import { gatheringChange, portionsOf } from './gather-heads.js';
import type { GroupDraft } from './group-draft.js';
import { findRepeated } from './repeated-event.js';
import { sealNext } from './seal-next.js';
import { seenPast } from './seen-past.js';
import { seesOf } from './sees.js';
import { historyWith, standingAfter, standingFrom, touchedAfter } from './standing.js';
import type { WriteRequest } from './write-request.js';

/** @returns the request's events: new ones, and the first one of each that was recorded before */
export const decideRequest = async (
  deps: MergeDeps,
  draft: GroupDraft,
  request: WriteRequest,
  isFirst: boolean,
): Promise<readonly ReknitEvent[]> => {
  const events: ReknitEvent[] = [];
  /** What came before is committed first; what this request wrote itself is not, as it is one with the rest of it. */
  const current = (ref: ResourceRef): Standing => {
    if (!isFirst && draft.touched.get(resourceKeyOf(ref))?.isOpen === true) throw new WaitForCommit();
    return standingOf(deps, draft, ref);
  };
  for (const change of request.changes(current)) {
    const repeated = change.options.eventId === undefined ? undefined : await findRepeated(deps, change, draft.batch);
    events.push(repeated ?? (await decideNext(deps, draft, change, current(change), request.agentId)));
  }
  return events;
};

/** No refusal: the request looks at a resource that is known again only once what came before is committed. */
export class WaitForCommit extends Error {}

const standingOf = (deps: MergeDeps, { touched, loaded }: GroupDraft, ref: ResourceRef): Standing => {
  const key = resourceKeyOf(ref);
  const known = touched.get(key);
  if (known !== undefined) return known.standing;
  const standing = standingFrom(loaded.states.get(key), deps);
  touched.set(key, { standing, isOpen: false });
  return standing;
};

const decideNext = async (
  deps: MergeDeps,
  draft: GroupDraft,
  change: Change,
  known: Standing,
  agentId: string,
): Promise<ReknitEvent> => {
  const key = resourceKeyOf(change);
  const { touched } = draft;
  const standing =
    touched.get(key)?.isOpen === true
      ? await standingAfter(deps, change, draft.loaded.states.get(key), writtenTo(draft, change))
      : known;
  const past = await pastOf(deps, draft, change, standing);
  const decided = decideChange(
    change,
    standing,
    past,
    await seesOf(deps, change, (ref) => touched.get(resourceKeyOf(ref))?.standing.state),
    deps.policy.rulesFor(change.resourceType),
  );
  const gathered: Dot[] = [];
  for (const portion of portionsOf(decided.parents))
    gathered.push((await sealNext(deps, draft, gatheringChange(decided, portion), agentId)).dot);
  const isGathered = gathered.length > 0;
  const sealed = await sealNext(deps, draft, isGathered ? { ...decided, parents: gathered } : decided, agentId);
  if (past !== undefined || change.options.eventId !== undefined) draft.needsKnown = true;
  touched.set(key, isGathered ? { standing, isOpen: true } : touchedAfter(deps, change, standing, sealed));
  return sealed.event;
};

/** What was looked at, where that is not all that stands now. */
const pastOf = async (
  deps: MergeDeps,
  draft: GroupDraft,
  change: Change,
  { state }: Standing,
): Promise<SeenPast | undefined> => {
  const { seen } = change.options;
  if (seen === undefined || (state !== undefined && seesAllHeads(state.heads, seen as readonly Dot[])))
    return undefined;
  // What the group wrote are own events too, which the author has always seen (R4).
  const history = await historyWith(deps, change, writtenTo(draft, change));
  const { policy, system } = deps;
  return seenPast(change, seen, history, draft.loaded.replica.replicaId, { policy, sha256: system.sha256 });
};

const writtenTo = ({ batch }: GroupDraft, ref: ResourceRef): GroupDraft['batch'] => {
  const key = resourceKeyOf(ref);
  return batch.filter(({ event }) => resourceKeyOf(event) === key);
};
