/**
 * What is to be written for a person's decision: read from the conflict as it stands, and checked against it once more
 * when it is written, since it may have grown, or be settled, in between (R29 to R32).
 */
import type { Dot, EventId, ResourceRef } from '../../domain/events/event.js';
import type { Change } from '../../domain/resource/change.js';
import { refOf, uniqueRefs } from '../../domain/resource/resource-key.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { checkObject, checkText, checkTextOrNone } from '../argument-checks.js';
import type { ConflictView } from '../reading/conflict-view.js';
import type { History } from '../history.js';
import type { EventStore, StoredConflict } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import type { WriteRequest } from '../recording/write-request.js';
import type { GroupAnswer } from '../recording/write-queue.js';
import { changedError, refuseIfChanged } from '../review/conflict-version.js';
import { answeredNow, closedError, refuseIfWrittenSince, valueBefore } from './answerable.js';
import { chosenValue, dependencyChange, payloadFor, refuseUnclear, type Resolution } from './resolution.js';

/** What one may say beside the decision. */
export interface ResolveOptions {
  readonly agentId?: string;
  readonly note?: string;
  /** The rule that decides in its owner's name, where no person does. */
  readonly ruleId?: string;
  readonly eventId?: string;
  /** The version of the conflict that was looked at; refused with `conflict_changed` where it is another by now. */
  readonly ifVersion?: string;
}

/** One conflict's decision, as it is passed to `resolve`. */
export interface Decision {
  readonly conflictId: string;
  readonly resolution: Resolution;
  readonly options?: ResolveOptions;
}

/** What decisions are worked out from. */
export interface DecisionRequestsDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly history: History;
  readonly agentId: string;
  readonly viewsOf: (stored: readonly StoredConflict[]) => Promise<readonly ConflictView[]>;
}

/** Decisions as what is to be written; nothing is written yet. */
export interface DecisionRequests {
  /** @param id of the conflict, or of an event that is a side of exactly one pending conflict */
  readonly resolvingRequest: (id: string, resolution: Resolution, options?: ResolveOptions) => Promise<WriteRequest>;
  /** Each by itself: one that cannot be meant stops no other. */
  readonly resolvingRequests: (decisions: readonly Decision[]) => Promise<readonly GroupAnswer<WriteRequest>[]>;
  readonly undoingRequest: (conflictId: string, options?: ResolveOptions) => Promise<WriteRequest>;
}

/** Works out what decisions of people write. */
export const createDecisionRequests = (deps: DecisionRequestsDeps): DecisionRequests => {
  const { store, policy, system, history, viewsOf } = deps;
  const context = { policy, sha256: system.sha256 };

  const viewOf = async (stored: StoredConflict): Promise<ConflictView> => {
    const [view] = await viewsOf([stored]);
    invariant(view !== undefined, `conflict ${stored.record.conflictId} has no view`);
    return view;
  };

  const recordOf = async (id: string): Promise<StoredConflict> => {
    checkText(id, 'id');
    const [known] = await store.findConflicts([id]);
    if (known !== undefined) return known;
    const { items } = await store.readConflicts({ eventId: id as EventId, status: 'pending_review', limit: 2 });
    const [only, another] = items;
    if (another !== undefined)
      throw new ReknitError(
        'ambiguous_conflict',
        `event ${id} is a side of several pending conflicts: resolve one of them by its conflict id`,
        {
          conflictIds: items.map(({ record }) => record.conflictId),
        },
      );
    if (only === undefined)
      throw new ReknitError(
        'conflict_not_found',
        `no conflict "${id}" is known here, and no pending one holds an event of that id`,
        { id },
      );
    return only;
  };

  const headsOf = async (ref: ResourceRef): Promise<readonly Dot[]> =>
    (await store.readResource(ref))?.state.heads ?? [];

  const requestFor = async (
    { record }: StoredConflict,
    view: ConflictView,
    resolution: Resolution,
    options: ResolveOptions,
  ): Promise<WriteRequest> => {
    refuseUnclear(resolution);
    checkDecision(options);
    const { ifVersion, agentId = deps.agentId } = options;
    refuseIfChanged(record, ifVersion, system.sha256);
    const changeOptions = optionsOf(options);
    if (record.unit.kind === 'dependency') {
      const change = dependencyChange(record, resolution, changeOptions);
      // What the dependency hangs on; that it is as it was says that the conflict is.
      const refs = uniqueRefs([record, record.unit.target, change]);
      const seen = new Map(await Promise.all(refs.map(async (ref) => [ref, await headsOf(ref)] as const)));
      return {
        resources: refs,
        agentId,
        changes: (current) => {
          if (record.closedBy.length > 0 || !record.isStanding) throw closedError(view);
          const isAsSeen = refs.every((ref) => sameJson(current(ref).state?.heads ?? [], seen.get(ref)));
          if (ifVersion !== undefined && !isAsSeen) throw changedError(record.conflictId);
          return [change];
        },
      };
    }
    const value = chosenValue(view, resolution);
    return {
      resources: [record],
      agentId,
      changes: (current) => {
        const conflictId = answeredNow(record, view, current(record), context);
        if (ifVersion !== undefined && conflictId !== record.conflictId) throw changedError(record.conflictId);
        return [{ ...refOf(record), ...payloadFor(view, value), options: changeOptions, conflictId }];
      },
    };
  };

  const resolvingRequest: DecisionRequests['resolvingRequest'] = async (id, resolution, options = {}) => {
    // Before anything is read.
    refuseUnclear(resolution);
    checkDecision(options);
    const stored = await recordOf(id);
    return requestFor(stored, await viewOf(stored), resolution, options);
  };

  const resolvingRequests: DecisionRequests['resolvingRequests'] = async (decisions) => {
    const stored = await store.findConflicts(decisions.map(({ conflictId }) => conflictId));
    const views = await viewsOf(stored);
    const known = new Map(stored.map((one, index) => [one.record.conflictId, { one, view: views[index] }]));
    return Promise.all(
      decisions.map(async ({ conflictId, resolution, options = {} }) => {
        const found = known.get(conflictId);
        try {
          if (found?.view === undefined) throw unknownConflict(conflictId);
          return { answer: await requestFor(found.one, found.view, resolution, options) };
        } catch (error) {
          return { error };
        }
      }),
    );
  };

  const undoingRequest: DecisionRequests['undoingRequest'] = async (conflictId, options = {}) => {
    checkText(conflictId, 'conflictId');
    checkDecision(options);
    const [stored] = await store.findConflicts([conflictId]);
    if (stored === undefined) throw unknownConflict(conflictId);
    const { record } = stored;
    refuseIfChanged(record, options.ifVersion, system.sha256);
    if (record.closedBy.length === 0)
      throw new ReknitError(
        'nothing_to_undo',
        `conflict ${conflictId} was not resolved by anyone: resolve it instead`,
        { conflictId },
      );
    const view = await viewOf(stored);
    const before = await valueBefore(record, history, context);
    return {
      resources: [record],
      agentId: options.agentId ?? deps.agentId,
      changes: (current) => {
        refuseIfWrittenSince(record, current(record), policy);
        return [
          {
            ...refOf(record),
            ...payloadFor(view, before),
            options: { note: `undoes the resolution of ${conflictId}`, ...optionsOf(options) },
            conflictId,
          },
        ];
      },
    };
  };

  return { resolvingRequest, resolvingRequests, undoingRequest };
};

const unknownConflict = (conflictId: string): ReknitError =>
  new ReknitError('conflict_not_found', `no conflict "${conflictId}" is known here`, { conflictId });

const checkDecision = (options: ResolveOptions): void => {
  checkObject(options, 'options');
  checkTextOrNone(options.eventId, 'eventId');
  checkTextOrNone(options.ruleId, 'ruleId');
  checkTextOrNone(options.ifVersion, 'ifVersion');
};

const optionsOf = ({ note, ruleId, eventId }: ResolveOptions): Change['options'] => ({
  ...(note === undefined ? {} : { note }),
  ...(ruleId === undefined ? {} : { ruleId }),
  ...(eventId === undefined ? {} : { eventId }),
});
