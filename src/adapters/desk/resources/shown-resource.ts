/** A resource, explained field by field, as it is now; and what it held at a moment of the past. */
import type { ConflictSideView, ResourceSnapshot } from '../../../application/index.js';
import type { AtAnswer, ConflictSide, ConflictSummary, FieldExplanation, ResourceView } from '../api/index.js';
import { asideOf, type DeskCore } from '../core.js';
import { entryOf } from '../inbox/entry.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { problem } from '../problems.js';
import { sideFacts } from '../shown/conflict.js';
import { previewOf } from '../shown/value.js';
import { cutOf } from './history.js';

/** More conflicts than these are not shown with their resource; the inbox has all. */
const conflictsMax = 500;

export const shownResource = async (
  core: DeskCore,
  resourceType: string,
  resourceId: string,
  person: DeskPerson,
): Promise<ResourceView> => {
  const { replica } = core;
  const resource = await replica.get(resourceType, resourceId);
  const explanation = await replica.explain(resourceType, resourceId);
  if (resource === undefined || explanation === undefined) throw problem('not_found', 'there is no such resource');
  const side = (one: ConflictSideView, isShown: boolean): ConflictSide => ({
    ...sideFacts(one, replica.replicaId),
    isShown,
    clockWarnings: [],
    ...(one.value === undefined ? {} : { value: { value: one.value } }),
  });
  const explained = ({ unit, status, strategy, reason, conflictId, winner, losers }: typeof explanation.existence) => ({
    unit: unit.kind === 'group' ? { ...unit, fields: [...unit.fields] } : unit,
    status,
    reason,
    losers: losers.map((one) => side(one, false)),
    ...(strategy === undefined ? {} : { strategy }),
    ...(conflictId === undefined ? {} : { conflictId }),
    ...(winner === undefined ? {} : { winner: side(winner, true) }),
  });
  return {
    resourceType,
    resourceId,
    deleted: resource.deleted,
    heads: [...resource.heads],
    updatedAt: resource.updatedAt,
    updatedBy: resource.updatedBy,
    existence: explained(explanation.existence),
    fields: explanation.fields.map((field): FieldExplanation => ({
      field: field.field,
      kind: replica.review.fieldKind(resourceType, field.field),
      // What one event can carry is bounded, and so is this.
      ...(field.value === undefined ? {} : { value: { value: field.value } }),
      isProvisional: resource.provisional.includes(field.field),
      isInvalid: resource.invalid.includes(field.field),
      ...explained(field),
    })),
    conflicts: await conflictsOf(core, resourceType, resourceId, person),
    // What others have is counted over all types.
    cut: person.readsAll
      ? { ...(await replica.cut()) }
      : cutOf(await replica.history(resourceType, resourceId), resource.heads),
    mayResolve: person.may('resolve', resourceType),
  };
};

const conflictsOf = async (
  core: DeskCore,
  resourceType: string,
  resourceId: string,
  person: DeskPerson,
): Promise<ConflictSummary[]> => {
  const { replica, search } = core;
  const aside = await asideOf(core);
  const { items } = await replica.review.outlines({ resource: { resourceType, resourceId }, limit: conflictsMax });
  return items
    .map((outline) => entryOf(outline, replica.replicaId))
    .filter((entry) => maySee(person, entry))
    .map((entry) => search.summaryOf(entry, person, aside))
    .sort((a, b) => (a.status === b.status ? 0 : a.status === 'pending' ? -1 : 1));
};

export const shownPast = async (
  core: DeskCore,
  past: ResourceSnapshot,
  person: DeskPerson,
): Promise<AtAnswer['resource']> => ({
  resourceType: past.resourceType,
  resourceId: past.resourceId,
  deleted: past.deleted,
  heads: [...past.heads],
  updatedAt: past.updatedAt,
  updatedBy: past.updatedBy,
  provisional: [...past.provisional],
  fields: Object.entries(past.fields).map(([field, value]) => ({ field, value: previewOf(value) })),
  conflicts: past.conflicts.filter((id) => {
    const entry = core.index.get(id);
    return entry === undefined || maySee(person, entry);
  }),
});
