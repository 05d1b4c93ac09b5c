/** Names what a conflict says, so that whoever decides can say which state of it they looked at. */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Sha256 } from '../../domain/shared/sha256.js';

const versionChars = 16;

/** Changes whenever its sides, what was made of it, or who closed it change. */
export const conflictVersion = (record: ConflictRecord, sha256: Sha256): string => {
  const { conflictId, isStanding, isSuperseded, outcome, closedBy } = record;
  // JSON has no word for an absent value.
  const made = outcome.type === 'value' && outcome.value === undefined ? { type: 'absent' } : outcome;
  return sha256(canonicalJson([conflictId, isStanding, isSuperseded, made, closedBy])).slice(0, versionChars);
};

export const refuseIfChanged = (record: ConflictRecord, expected: string | undefined, sha256: Sha256): void => {
  if (expected !== undefined && conflictVersion(record, sha256) !== expected) throw changedError(record.conflictId);
};

export const changedError = (conflictId: string): ReknitError =>
  new ReknitError('conflict_changed', `conflict ${conflictId} is another than the one that was looked at: look again`, {
    conflictId,
  });
