/** What one choice about many conflicts would do, conflict by conflict and field by field; nothing is written. */
import type { Decision } from '../../../application/index.js';
import { isReknitError, type ReknitError } from '../../../domain/shared/errors.js';
import type { Json } from '../../../domain/shared/json.js';
import type { BulkChoice, Preview, PreviewItem } from '../api/index.js';
import { requireResolve, typesOf, type DeskCore } from '../core.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { previewOf } from '../shown/value.js';
import { permittedFor, visibleConflict } from './permitted.js';

/** @param total how many the choice is about; `ids` may be the first of them only */
export const previewChoice = async (
  { replica }: DeskCore,
  ids: readonly string[],
  total: number,
  choice: BulkChoice,
  person: DeskPerson,
): Promise<Preview> => {
  const considered = new Map((await replica.review.consider(ids)).map((one) => [one.record.conflictId, one]));
  const refused = new Map<string, ReknitError>();
  const decisions: Decision[] = [];
  for (const id of ids) {
    const one = visibleConflict(considered.get(id), id, person);
    try {
      requireResolve(typesOf(one.record), person);
      const resolution = permittedFor(choice, one, person);
      decisions.push({ conflictId: id, resolution, options: { ifVersion: one.version } });
    } catch (error) {
      if (!isReknitError(error)) throw error;
      refused.set(id, error);
    }
  }
  const preview = await replica.review.preview(decisions);
  const byId = new Map(preview.decisions.map((one) => [one.conflictId, one]));
  const items = ids.map((conflictId): PreviewItem => {
    const one = visibleConflict(considered.get(conflictId), conflictId, person);
    const told = byId.get(conflictId);
    const error = refused.get(conflictId) ?? told?.refused;
    const from = told?.from ?? one.current;
    const to = error === undefined ? told?.to : from;
    return {
      conflictId,
      version: one.version,
      resourceType: one.record.resourceType,
      resourceId: one.record.resourceId,
      ...(from === undefined ? {} : { from: previewOf(from) }),
      ...(to === undefined ? {} : { to: previewOf(to) }),
      changes: JSON.stringify(from) !== JSON.stringify(to),
      ...(error === undefined ? {} : { refused: { code: error.code, message: error.message } }),
    };
  });
  const refusedCount = items.filter((item) => item.refused !== undefined).length;
  return {
    items,
    total,
    willSettle: items.length - refusedCount,
    willChange: items.filter(({ changes }) => changes).length,
    refusedCount,
    // A dependency's decision may reach a resource of another type.
    resources: preview.resources
      .filter(({ resourceType }) => maySee(person, { types: [resourceType] }))
      .map(({ resourceType, resourceId, before, after, closed, opened }) => ({
        resourceType,
        resourceId,
        deleted: { from: before.deleted, to: after.deleted },
        fields: [...new Set([...Object.keys(before.fields), ...Object.keys(after.fields)])].flatMap((field) => {
          const from = own(before.fields, field);
          const to = own(after.fields, field);
          return JSON.stringify(from) === JSON.stringify(to)
            ? []
            : [
                {
                  field,
                  ...(from === undefined ? {} : { from: previewOf(from) }),
                  ...(to === undefined ? {} : { to: previewOf(to) }),
                },
              ];
        }),
        conflicts: { closed: [...closed], opened: [...opened] },
      })),
  };
};

const own = (fields: { readonly [field: string]: Json }, field: string): Json | undefined =>
  Object.hasOwn(fields, field) ? fields[field] : undefined;
