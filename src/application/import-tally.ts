/** What came of an import so far: counts of everything, and of what was refused the first, for the caller and the trail. */
import type { AuditAct } from '../domain/audit/audit-act.js';
import type { EventError } from '../domain/events/event-error.js';
import { eventLimits } from '../domain/events/limits.js';
import type { MergeReport } from '../domain/merge/merge-batch.js';
import { isJsonObject } from '../domain/shared/json.js';

/** An event that was refused, and why. */
export interface RejectedEvent {
  /** As it was given. */
  readonly event: unknown;
  readonly error: EventError | { readonly code: 'parking_full'; readonly message: string };
  /** Of a bundle: its line, from 1. */
  readonly line?: number;
}

/** What came of an import. */
export interface ImportReport {
  /** Events that are part of the state now, parked ones that were released included. */
  readonly applied: number;
  readonly duplicates: number;
  /** Events of this import that wait for others. */
  readonly parked: number;
  /** The first of them; `rejectedCount` counts all. */
  readonly rejected: readonly RejectedEvent[];
  readonly rejectedCount: number;
  /** Ids of conflicts that were detected, or got another answer, and that stand. */
  readonly conflicts: readonly string[];
}

/** Refusals that are told one by one; a file of garbage must not fill the memory. */
const rejectedMax = 1_000;

export const createImportTally = () => {
  let applied = 0;
  let duplicates = 0;
  let parked = 0;
  let rejectedCount = 0;
  let handled = 0;
  let told = 0;
  const rejected: RejectedEvent[] = [];
  const conflicts = new Set<string>();
  let refusals: AuditAct[] = [];
  let refusedUntold = 0;

  const reject = (event: unknown, error: RejectedEvent['error'], line: number | undefined): void => {
    rejectedCount += 1;
    if (rejected.length < rejectedMax) rejected.push({ event, error, ...(line === undefined ? {} : { line }) });
    const eventId =
      isJsonObject(event) && typeof event['eventId'] === 'string'
        ? event['eventId'].slice(0, eventLimits.idCharsMax)
        : undefined;
    if (told < rejectedMax) {
      told += 1;
      refusals.push({
        type: 'EventRefused',
        ...(eventId?.isWellFormed() === true ? { eventId } : {}),
        code: error.code,
        message: error.message.slice(0, 500).toWellFormed(),
      });
    } else refusedUntold += 1;
  };

  return {
    reject,
    seen: () => handled + rejectedCount,
    hasRefusals: () => refusals.length > 0 || refusedUntold > 0,
    takeRefusals: (): readonly AuditAct[] => {
      const taken: AuditAct[] =
        refusedUntold > 0 ? [...refusals, { type: 'EventsRefused', count: refusedUntold }] : refusals;
      refusals = [];
      refusedUntold = 0;
      return taken;
    },
    add: (report: MergeReport): void => {
      applied += report.applied;
      duplicates += report.duplicates;
      parked += report.parked;
      handled += report.applied + report.duplicates + report.parked;
      for (const id of report.conflictIds) conflicts.add(id);
      for (const { event } of report.refused)
        reject(
          event,
          {
            code: 'parking_full',
            message: 'too many events wait for their parents here: import what they depend on first',
          },
          undefined,
        );
    },
    report: (): ImportReport => ({ applied, duplicates, parked, rejected, rejectedCount, conflicts: [...conflicts] }),
  };
};
