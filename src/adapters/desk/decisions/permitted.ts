/** What a choice means for one conflict, where this person may see it and decide so. */
import type { ConsideredConflict, Resolution } from '../../../application/index.js';
import type { BulkChoice } from '../api/index.js';
import { notFoundConflict, requireAction, typesOf } from '../core.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { resolutionFor } from './resolution-for.js';

/** What is unknown, and what may not be seen, is not there. */
export const visibleConflict = (
  considered: ConsideredConflict | undefined,
  conflictId: string,
  person: DeskPerson,
): ConsideredConflict => {
  if (considered === undefined || !maySee(person, { types: typesOf(considered.record) }))
    throw notFoundConflict(conflictId);
  return considered;
};

/** What the choice means here, where this person may do that. */
export const permittedFor = (choice: BulkChoice, considered: ConsideredConflict, person: DeskPerson): Resolution => {
  const resolution = resolutionFor(choice, considered);
  requireAction(resolution, considered.record.resourceType, person);
  return resolution;
};
