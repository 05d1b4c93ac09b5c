/** What decisions would change, before anything is written: conflict by conflict, and resource by resource. */
import type { ResourceRef } from '../../domain/events/event.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { isOpen } from '../../domain/conflict/conflict-record.js';
import { refOf, resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { isReknitError, type ReknitError } from '../../domain/shared/errors.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { ConflictTracker } from '../conflict-tracker.js';
import type { Decision } from '../resolving/decision-requests.js';
import type { MergeDeps } from '../merge-driver.js';
import { dryRun } from '../recording/dry-run.js';
import type { WriteRequest } from '../recording/write-request.js';
import { unitValue } from './consider.js';

/** What one decision would do. */
export interface DecisionPreview {
  readonly conflictId: string;
  /** What readers see of the unit, now and then; missing where it is absent, and of dependencies. */
  readonly from?: Json;
  readonly to?: Json;
  /** Why it would be refused. */
  readonly refused?: ReknitError;
}

/** A resource that decisions would change: before and after. */
export interface ChangedResource extends ResourceRef {
  readonly before: { readonly fields: JsonObject; readonly deleted: boolean };
  readonly after: { readonly fields: JsonObject; readonly deleted: boolean };
  /** Ids of conflicts that would wait no longer, and of those that would. */
  readonly closed: readonly string[];
  readonly opened: readonly string[];
}

/** What several decisions would do together; nothing is written. */
export interface DecisionsPreview {
  /** In the order of the decisions. */
  readonly decisions: readonly DecisionPreview[];
  readonly resources: readonly ChangedResource[];
}

export interface PreviewDeps extends MergeDeps {
  readonly tracker: Pick<ConflictTracker, 'resolvingRequests'>;
}

export const previewDecisions = async (
  deps: PreviewDeps,
  decisions: readonly Decision[],
): Promise<DecisionsPreview> => {
  const { store, tracker } = deps;
  const refused = new Map<number, ReknitError>();
  const requests: { readonly index: number; readonly request: WriteRequest }[] = [];
  for (const [index, request] of (await tracker.resolvingRequests(decisions)).entries()) {
    if ('answer' in request) requests.push({ index, request: request.answer });
    else if (isReknitError(request.error)) refused.set(index, request.error);
    else throw request.error;
  }
  const { answers, works } = await dryRun(
    deps,
    requests.map(({ request }) => request),
  );
  for (const [at, answer] of answers.entries()) {
    if (!('error' in answer)) continue;
    if (!isReknitError(answer.error)) throw answer.error;
    refused.set(requests[at]?.index ?? -1, answer.error);
  }
  const before = new Map<ResourceKey, StoredResource | undefined>();
  const after = new Map<ResourceKey, StoredResource>();
  for (const work of works) for (const changed of work.resources) after.set(resourceKeyOf(changed.state), changed);
  const records = await store.findConflicts(decisions.map(({ conflictId }) => conflictId));
  for (const ref of [
    ...records.map(({ record }) => refOf(record)),
    ...[...after.values()].map(({ state }) => refOf(state)),
  ])
    if (!before.has(resourceKeyOf(ref))) before.set(resourceKeyOf(ref), await store.readResource(ref));
  const recordById = new Map(records.map(({ record }) => [record.conflictId, record]));

  const previewOf = ({ conflictId }: Decision, index: number): DecisionPreview => {
    const error = refused.get(index);
    const record = recordById.get(conflictId);
    const now = record === undefined ? undefined : before.get(resourceKeyOf(record));
    if (record === undefined || now === undefined)
      return { conflictId, ...(error === undefined ? {} : { refused: error }) };
    const from = unitValue(record.unit, now);
    const then = error === undefined ? (after.get(resourceKeyOf(record)) ?? now) : now;
    const to = unitValue(record.unit, then);
    return {
      conflictId,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(error === undefined ? {} : { refused: error }),
    };
  };

  const pendingOf = new Map<ResourceKey, { closed: string[]; opened: string[] }>();
  const newsOf = (ref: ResourceRef): { closed: string[]; opened: string[] } => {
    const key = resourceKeyOf(ref);
    const news = pendingOf.get(key) ?? { closed: [], opened: [] };
    pendingOf.set(key, news);
    return news;
  };
  for (const work of works) {
    const was = new Map(
      (await store.findConflicts(work.conflicts.map(({ conflictId }) => conflictId))).map(({ record }) => [
        record.conflictId,
        record,
      ]),
    );
    for (const record of work.conflicts) {
      const old = was.get(record.conflictId);
      const wasOpen = old !== undefined && isOpen(old) && !old.isSuperseded;
      const opens = isOpen(record) && !record.isSuperseded;
      if (wasOpen && !opens) newsOf(record).closed.push(record.conflictId);
      if (!wasOpen && opens) newsOf(record).opened.push(record.conflictId);
    }
    for (const { record } of await store.findConflicts(work.removedConflicts))
      if (isOpen(record) && !record.isSuperseded) newsOf(record).closed.push(record.conflictId);
  }
  return {
    decisions: decisions.map(previewOf),
    resources: [...after].flatMap(([key, changed]) => {
      const now = before.get(key);
      const shown = { fields: changed.view.fields, deleted: changed.view.deleted };
      const shownNow = { fields: now?.view.fields ?? {}, deleted: now?.view.deleted ?? false };
      const { closed, opened } = pendingOf.get(key) ?? { closed: [], opened: [] };
      return sameJson(shown, shownNow) && closed.length + opened.length === 0
        ? []
        : [{ ...refOf(changed.state), before: shownNow, after: shown, closed, opened }];
    }),
  };
};
