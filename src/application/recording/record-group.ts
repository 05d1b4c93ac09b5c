/**
 * Decides and commits a group of writes in one transaction. Each request is decided from
 * what the ones before it left; one that is refused leaves nothing and stops no other.
 */
import { tick, type ClockReading } from '../../domain/clock/hybrid-clock.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot, EventId, ReknitEvent, ReplicaId, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import { parseEventOrThrow } from '../../domain/events/parse.js';
import { isOperation, type FieldKind } from '../../domain/fields/field-kind.js';
import { historySteps, stateAfter } from '../../domain/merge/history-steps.js';
import type { Loaded, LoadedHistory, ReplicaFacts } from '../../domain/merge/loaded.js';
import { isHistoryRequest, foldInto } from '../../domain/merge/fold-resources.js';
import type { MergeReport } from '../../domain/merge/merge-batch.js';
import type { Change, DecidedChange } from '../../domain/resource/change.js';
import { decideChange, type SeenPast, type Standing } from '../../domain/resource/decide.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { ResourceState } from '../../domain/resource/state.js';
import { viewOf } from '../../domain/resource/view.js';
import { seesAllHeads } from '../../domain/resource/draft.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { copyJson } from '../../domain/shared/copy-json.js';
import { deepFreeze } from '../../domain/shared/deep-freeze.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { TypeRules } from '../../domain/strategies/policy.js';
import { planMerge, type MergeDeps } from '../merge-driver.js';
import { gatheringChange, portionsOf } from './gather-heads.js';
import { untilCommitted } from '../until-committed.js';
import { seenPast } from './seen-past.js';
import { seesOf } from './sees.js';
import type { GroupAnswer } from './write-queue.js';

/** Changes that are recorded together or not at all. */
export interface WriteRequest {
  /** Resources that `changes` looks at. */
  readonly resources: readonly ResourceRef[];
  /** Asked again if somebody else was faster; throws to refuse. */
  readonly changes: (current: (ref: ResourceRef) => Standing) => readonly Change[];
  readonly agentId: string;
}

export interface RecordDeps extends MergeDeps {
  /** Told after a commit. */
  readonly onCommitted: (report: MergeReport) => void;
  /** Told what the store says of this replica, before the time is taken: another process may have corrected the clock. */
  readonly onReplica?: (replica: ReplicaFacts) => void;
}

interface Working {
  readonly standing: Standing;
  /** A write of this group is concurrent to something here, so the standing is not that after it. */
  readonly isOpen: boolean;
}

export const recordGroup = async (
  deps: RecordDeps,
  requests: readonly WriteRequest[],
): Promise<readonly GroupAnswer<readonly ReknitEvent[]>[]> => untilCommitted(() => tryGroup(deps, requests));

const tryGroup = async (
  deps: RecordDeps,
  requests: readonly WriteRequest[],
): Promise<readonly GroupAnswer<readonly ReknitEvent[]>[] | 'stale'> => {
  const { store, policy, system } = deps;
  const loaded = await store.load({
    events: [],
    dueMs: -Infinity,
    resources: requests.flatMap(({ resources }) => resources),
  });
  deps.onReplica?.(loaded.replica);
  const nowMs = system.clock();
  const working = new Map<ResourceKey, Working>();
  const standingOf = (ref: ResourceRef): Standing => {
    const key = resourceKeyOf(ref);
    const known = working.get(key);
    if (known !== undefined) return known.standing;
    const standing = standingFrom(loaded.states.get(key), deps);
    working.set(key, { standing, isOpen: false });
    return standing;
  };

  let clock: ClockReading = loaded.replica.clock;
  let { lastSeq } = loaded.replica;
  const batch: SealedEvent[] = [];
  const answers: GroupAnswer<readonly ReknitEvent[]>[] = [];
  let needsKnown = false;

  for (const [index, request] of requests.entries()) {
    const undo = { clock, lastSeq, length: batch.length, working: new Map(working) };
    try {
      const events: ReknitEvent[] = [];
      /** What came before is committed first; what this request wrote itself is not, as it is one with the rest of it. */
      const current = (ref: ResourceRef): Standing => {
        if (index > 0 && working.get(resourceKeyOf(ref))?.isOpen === true) throw new WaitForCommit();
        return standingOf(ref);
      };
      for (const change of request.changes(current)) {
        const repeated = change.options.eventId === undefined ? undefined : await findRepeated(deps, change, batch);
        if (repeated !== undefined) {
          events.push(repeated);
          continue;
        }
        const key = resourceKeyOf(change);
        const written = (): readonly SealedEvent[] => batch.filter(({ event }) => resourceKeyOf(event) === key);
        const known = current(change);
        const standing =
          working.get(key)?.isOpen === true
            ? await standingAfter(deps, change, loaded.states.get(key), written())
            : known;
        const past = await pastOf(deps, change, standing, written, loaded.replica.replicaId);
        const rules = policy.rulesFor(change.resourceType);
        const decided = decideChange(
          change,
          standing,
          past,
          await seesOf(deps, change, (ref) => working.get(resourceKeyOf(ref))?.standing.state),
          rules,
        );
        const sealNext = async (next: DecidedChange): Promise<SealedEvent> => {
          const eventId = next.options.eventId ?? (await newEventId(deps, batch));
          clock = tick(clock, nowMs);
          lastSeq += 1;
          const sealed = seal(deps, next, eventId, request.agentId, loaded.replica.replicaId, lastSeq, clock);
          batch.push(sealed);
          return sealed;
        };
        const gathered: Dot[] = [];
        for (const portion of portionsOf(decided.parents))
          gathered.push((await sealNext(gatheringChange(decided, portion))).dot);
        const sealed = await sealNext(gathered.length === 0 ? decided : { ...decided, parents: gathered });
        if (past !== undefined || change.options.eventId !== undefined) needsKnown = true;
        working.set(
          key,
          gathered.length > 0 ? { standing, isOpen: true } : workingAfter(deps, change, standing, sealed),
        );
        events.push(sealed.event);
      }
      answers.push({ answer: events });
    } catch (error) {
      ({ clock, lastSeq } = undo);
      batch.length = undo.length;
      working.clear();
      for (const [key, entry] of undo.working) working.set(key, entry);
      if (error instanceof WaitForCommit) {
        // What comes before is committed first; this one and the rest are decided after it.
        const done = await commit(deps, loaded, batch, clock, lastSeq, needsKnown);
        if (done === 'stale') return 'stale';
        // What fails from here on takes nothing back of what is committed.
        const open = requests.slice(index);
        const rest = await recordGroup(deps, open).catch((failure: unknown) => open.map(() => ({ error: failure })));
        return [...answers, ...rest];
      }
      answers.push({ error });
    }
  }
  return (await commit(deps, loaded, batch, clock, lastSeq, needsKnown)) === 'stale' ? 'stale' : answers;
};

class WaitForCommit extends Error {}

const commit = async (
  deps: RecordDeps,
  loaded: Loaded,
  batch: readonly SealedEvent[],
  clock: ClockReading,
  lastSeq: number,
  needsKnown: boolean,
): Promise<'committed' | 'stale'> => {
  if (batch.length === 0) return 'committed';
  let from = loaded;
  if (needsKnown) {
    from = await deps.store.load({ events: batch, dueMs: -Infinity, resources: [] });
    if (from.audit.count !== loaded.audit.count) return 'stale';
  }
  const { work, report } = await planMerge(deps, { batch, origin: { type: 'local', clock, lastSeq } }, from);
  if (work === undefined) return 'committed';
  const outcome = await deps.store.commit(work);
  if (outcome === 'committed') deps.onCommitted(report);
  return outcome;
};

const standingFrom = (state: ResourceState | undefined, { policy, system }: MergeDeps): Standing => {
  if (state === undefined) return { state, view: undefined, existenceConflict: undefined };
  const evaluation = evaluate(state, policy, system.sha256);
  return {
    state,
    view: viewOf(state, evaluation, policy.rulesFor(state.resourceType), 0),
    existenceConflict: evaluation.conflicts.find(({ unit }) => unit.kind === 'existence'),
  };
};

/** The resource as it will be after this event, for whoever comes next in the group. */
const workingAfter = (deps: RecordDeps, ref: ResourceRef, standing: Standing, sealed: SealedEvent): Working => {
  const folded = foldInto(ref, standing.state, [sealed], undefined, {
    policy: deps.policy,
    sha256: deps.system.sha256,
  });
  if (isHistoryRequest(folded)) return { standing, isOpen: true };
  return { standing: standingFrom(folded.state, deps), isOpen: false };
};

/** The same where something of this request is concurrent, which only the whole history can tell. */
const standingAfter = async (
  deps: RecordDeps,
  ref: ResourceRef,
  before: ResourceState | undefined,
  written: readonly SealedEvent[],
): Promise<Standing> => {
  const history = await historyWith(deps, ref, written);
  const state = stateAfter(ref, historySteps(history), { policy: deps.policy, sha256: deps.system.sha256 });
  return standingFrom({ ...state, effect: before?.effect }, deps);
};

/** The stored history, and what the group wrote since. */
const historyWith = async (
  { store }: RecordDeps,
  { resourceType, resourceId }: ResourceRef,
  written: readonly SealedEvent[],
): Promise<LoadedHistory> => {
  const histories = await store.loadHistories([{ resourceType, resourceId, since: undefined }]);
  const history = histories.get(resourceKeyOf({ resourceType, resourceId }));
  invariant(history !== undefined, `the store gave no history of ${resourceType} ${resourceId}`);
  return { ...history, events: [...history.events, ...written.map((sealed) => ({ sealed, sawAll: false }))] };
};

/** @param written what the group wrote to the resource: own events too, which the author has always seen (R4) */
const pastOf = async (
  deps: RecordDeps,
  change: Change,
  { state }: Standing,
  written: () => readonly SealedEvent[],
  replicaId: ReplicaId,
): Promise<SeenPast | undefined> => {
  const { seen } = change.options;
  if (seen === undefined || (state !== undefined && seesAllHeads(state.heads, seen as readonly Dot[])))
    return undefined;
  const history = await historyWith(deps, change, written());
  return seenPast(change, seen, history, replicaId, { policy: deps.policy, sha256: deps.system.sha256 });
};

/** An event id that was recorded before is no second event: it is an idempotency key. */
const findRepeated = async (
  { store, policy }: RecordDeps,
  change: Change,
  batch: readonly SealedEvent[],
): Promise<ReknitEvent | undefined> => {
  const eventId = change.options.eventId as EventId;
  const stored = await store.findEvents({ eventIds: [eventId] });
  const first = stored[0]?.sealed.event ?? batch.find(({ event }) => event.eventId === eventId)?.event;
  if (first === undefined) return undefined;
  const isSame =
    first.resourceType === change.resourceType &&
    first.resourceId === change.resourceId &&
    first.operation === change.operation &&
    saysTheSame(change, first.payload, policy.rulesFor(change.resourceType));
  if (isSame) return first;
  throw new ReknitError(
    'event_id_reused',
    `the event id "${eventId}" names another change already: give this one an id of its own`,
    { eventId },
  );
};

/** What was recorded may hold more than was asked for: the rest of a group that the change names (R23). */
const saysTheSame = (change: Change, recorded: JsonObject | null, rules: TypeRules): boolean => {
  const asked = change.payload;
  if (asked === null || recorded === null) return asked === recorded;
  const completed = new Set(
    Object.keys(asked)
      .filter((field) => rules.unitOf(field).unit.kind !== 'field')
      .map((field) => rules.unitOf(field).key),
  );
  return (
    Object.entries(asked).every(
      ([field, value]) =>
        Object.hasOwn(recorded, field) &&
        (sameJson(recorded[field], value) || isSaidByPosition(value, rules.unitOf(field).kind)),
    ) &&
    Object.keys(recorded).every(
      (field) =>
        Object.hasOwn(asked, field) || (change.operation === 'update' && completed.has(rules.unitOf(field).key)),
    )
  );
};

/** Relative to what was looked at; recorded was what it meant, which by now nobody can compare. */
const isSaidByPosition = (value: Json, { accumulator }: FieldKind): boolean =>
  accumulator?.rebase !== undefined && isOperation(value);

/** Under an id that was used before, both events would be void everywhere (R6), and nobody here would know. */
const newEventId = async ({ store, system }: RecordDeps, batch: readonly SealedEvent[]): Promise<string> => {
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
  { system, policy }: RecordDeps,
  change: DecidedChange,
  eventId: string,
  agentId: string,
  replicaId: ReplicaId,
  seq: number,
  clock: ClockReading,
): SealedEvent => {
  const { note, priority, dependsOn, ruleId } = change.options;
  const event = {
    eventId,
    replicaId,
    seq,
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
