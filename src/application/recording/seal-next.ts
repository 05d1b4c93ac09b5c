/** Makes a decided change this replica's next event, with its id, its place in the log and its time. */
import { tick } from '../../domain/clock/hybrid-clock.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { EventId, SealedEvent } from '../../domain/events/event.js';
import { parseEventOrThrow } from '../../domain/events/parse.js';
import type { DecidedChange } from '../../domain/resource/change.js';
import { copyJson } from '../../domain/shared/copy-json.js';
import { deepFreeze } from '../../domain/shared/deep-freeze.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { MergeDeps } from '../merge-driver.js';
import type { GroupDraft } from './group-draft.js';

export const sealNext = async (
  deps: MergeDeps,
  draft: GroupDraft,
  change: DecidedChange,
  agentId: string,
): Promise<SealedEvent> => {
  const eventId = change.options.eventId ?? (await newEventId(deps, draft.batch));
  draft.clock = tick(draft.clock, draft.nowMs);
  draft.lastSeq += 1;
  const sealed = seal(deps, draft, change, eventId, agentId);
  draft.batch.push(sealed);
  return sealed;
};

/** Under an id that was used before, both events would be void everywhere (R6), and nobody here would know. */
const newEventId = async ({ store, system }: MergeDeps, batch: readonly SealedEvent[]): Promise<string> => {
  const eventId = system.randomId();
  if (system.idsMayRepeat !== true) return eventId;
  const isTaken =
    batch.some(({ event }) => event.eventId === eventId) ||
    (await store.findEvents({ eventIds: [eventId as EventId] })).length > 0;
  if (isTaken)
    throw new ReknitError(
      'id_repeated',
      `the source of new ids gave "${eventId}", which names another event: its ids must be new, also after a restart`,
      { eventId },
    );
  return eventId;
};

const seal = (
  { system, policy }: MergeDeps,
  { loaded, lastSeq, clock }: GroupDraft,
  change: DecidedChange,
  eventId: string,
  agentId: string,
): SealedEvent => {
  const { note, priority, dependsOn, ruleId } = change.options;
  const event = {
    eventId,
    replicaId: loaded.replica.replicaId,
    seq: lastSeq,
    agentId: change.options.agentId ?? agentId,
    resourceType: change.resourceType,
    resourceId: change.resourceId,
    operation: change.operation,
    timestamp: msToTimestamp(clock.wallMs),
    counter: clock.counter,
    parents: change.parents,
    payload: change.payload,
    schemaVersion: policy.rulesFor(change.resourceType).definition?.version ?? 1,
    ...(priority === undefined ? {} : { priority }),
    ...(change.conflictId === undefined ? {} : { conflictId: change.conflictId }),
    ...(note === undefined ? {} : { note }),
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(change.sees.length === 0 ? {} : { sees: change.sees }),
  };
  const sealed = parseEventOrThrow(event, system.sha256);
  // Of the replica's own, so that nobody who keeps what was handed in, or is handed the answer, can change the log.
  return { ...sealed, event: deepFreeze(copyJson(sealed.event)) };
};
