/**
 * Bringing back a value that lost: while its conflict stands that is another answer to it; after it was closed, a
 * decision written upon what stands now, and only upon what was looked at.
 */
import type { ConsideredConflict } from '../../../application/index.js';
import type { Change } from '../../../domain/index.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import { isJsonObject } from '../../../domain/shared/json.js';

export const restoringChange = (
  { view, heads }: ConsideredConflict,
  eventId: string,
  note: string | undefined,
): Change => {
  const side = [...view.siblings, ...view.closedBy].find((one) => one.eventId === eventId);
  if (side === undefined)
    throw new ReknitError('unknown_side', `event ${eventId} is no side of conflict ${view.conflictId}`, {
      eventIds: view.siblings.map((one) => one.eventId),
    });
  const { resourceType, resourceId, unit, conflictId } = view;
  const options = { seen: heads, note: note ?? `restores what ${side.agentId} wrote` };
  const change = { resourceType, resourceId, operation: 'resolve', conflictId, options } as const;
  const { value } = side;
  switch (unit.kind) {
    case 'existence':
      return { ...change, payload: value === 'deleted' ? null : {} };
    case 'dependency':
      throw new ReknitError('bad_resolution', 'a dependency has no value that could be restored: change the resource');
    case 'field':
      if (value === undefined)
        throw new ReknitError('bad_resolution', 'a field cannot be made absent: give a value, or null');
      return { ...change, payload: { [unit.field]: value } };
    case 'group':
    case 'resource':
      if (!isJsonObject(value) || Object.keys(value).length === 0)
        throw new ReknitError('bad_resolution', 'a group or whole resource needs at least one field: give a value');
      return { ...change, payload: value };
  }
};
