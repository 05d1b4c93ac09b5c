/** The bits of `event.flags`; the generated column `status` reads them in the same order of precedence. */
import type { EventStatus } from '../../../application/ports/event-store.js';
import type { EventStanding } from '../../../domain/merge/unit-of-work.js';

export const sawAllFlag = 1;
export const voidFlag = 2;
export const localFlag = 4;
export const conflictFlag = 8;
export const resolvedFlag = 16;
export const standingFlags = conflictFlag | resolvedFlag;

export const flagOfStanding: Readonly<Record<EventStanding, number>> = {
  conflict: conflictFlag,
  resolved: resolvedFlag,
  none: 0,
};

export const statusOfFlags = (flags: number): EventStatus => {
  if ((flags & voidFlag) !== 0) return 'void';
  if ((flags & localFlag) !== 0) return 'local_only';
  if ((flags & conflictFlag) !== 0) return 'conflict';
  return (flags & resolvedFlag) !== 0 ? 'resolved' : 'synced';
};
