/**
 * A wall clock that is off is found out at the handshake (R7, R10). From then on what is
 * recorded is stamped by the corrected time, and what was recorded before and never offered is
 * stamped anew: its dots, ids, parents and order stay, and it stays above the last own event
 * that others may hold. So is what was recorded while a clock was ahead that is right again: all
 * that came after would be stamped later still, and be held everywhere until that time.
 *
 * The correction stands with the data: every process on a file goes by the same time, and a
 * wall clock that was put right later shows at the next handshake, which takes it back.
 */
import { dotOf } from '../../domain/causality/dot.js';
import { clockOrigin, compareReadings, tick, type ClockReading } from '../../domain/clock/hybrid-clock.js';
import { msToTimestamp, timestampToMs } from '../../domain/clock/timestamp.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import type { RenamedEvent } from '../../domain/merge/unit-of-work.js';
import { uniqueRefs } from '../../domain/resource/resource-key.js';
import { invariant } from '../../domain/shared/invariant.js';
import { neverOffered, underNewDots } from '../identity/never-offered.js';
import { planMerge, runMerge, type MergeDeps } from '../merge-driver.js';
import type { EventStore } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import { untilCommitted } from '../until-committed.js';

/** The time that a replica goes by. */
export interface CorrectedClock {
  readonly system: System;
  /** Looks up the correction that stands with the data; another process may have made it. */
  readonly refresh: () => Promise<void>;
  /** The same from what was just loaded. */
  readonly note: (replica: ReplicaFacts | undefined) => void;
}

/** The replica's clock, by the offset that a remote has found out (R7). */
export const createCorrectedClock = (system: System, store: EventStore): CorrectedClock => {
  let offsetMs = 0;
  const note: CorrectedClock['note'] = (replica) => {
    offsetMs = replica?.clockOffsetMs ?? 0;
  };
  return {
    system: { ...system, clock: () => system.clock() + offsetMs },
    refresh: async () => note((await store.facts()).replica),
    note,
  };
};

export interface ClockFinding {
  /** By how much the wall clock itself is off. */
  readonly skewMs: number;
  readonly restamped: readonly Dot[];
}

/**
 * @param offByMs a remote's time less this replica's, as it stands corrected so far
 * @returns undefined where that is within the bound, and nothing was recorded beyond it
 */
export const correctClock = async (
  deps: MergeDeps,
  clock: CorrectedClock,
  offByMs: number,
): Promise<ClockFinding | undefined> => {
  if (!Number.isFinite(offByMs)) return undefined;
  const { store, system, limits } = deps;
  const isOff = Math.abs(offByMs) > limits.aheadMsMax;
  const byMs = isOff ? Math.round(offByMs) : 0;
  const nowMs = system.clock() + byMs;
  const reached = isOff ? undefined : (await store.facts()).replica?.clock.wallMs;
  if (!isOff && (reached === undefined || reached <= nowMs + limits.aheadMsMax)) return undefined;
  const finding = await untilCommitted(async (): Promise<ClockFinding | 'stale'> => {
    const facts = await store.facts();
    const { replica } = facts;
    invariant(replica !== undefined, 'a store without a replica has no clock');
    const own = await neverOffered(store, replica);
    const last = await lastOffered(store, replica);
    const { restamped, reading } = restampAll(own, last, byMs, nowMs, deps);
    const offsetMs = (replica.clockOffsetMs ?? 0) + byMs;
    const refs = uniqueRefs(own.map(({ event }) => event));
    const loaded = await store.load({ events: [], dueMs: -Infinity, resources: refs });
    if (loaded.audit.count !== facts.audit.count) return 'stale';
    const dots = own.map(({ dot }) => dot);
    const act = { type: 'ClockCorrected', byMs, offsetMs, restamped: dots } as const;
    const { work } = await planMerge(
      { ...deps, store: underNewDots(store, restamped) },
      { batch: [], origin: { type: 'received' }, acts: [act], rederive: refs },
      loaded,
    );
    invariant(work !== undefined, 'a correction of the clock is always recorded');
    const outcome = await store.commit({
      ...work,
      renamed: restamped,
      replica: { ...work.replica, clock: clockAfter(replica.clock, reading, nowMs, deps), clockOffsetMs: offsetMs },
    });
    return outcome === 'committed' ? { skewMs: offsetMs, restamped: dots } : outcome;
  });
  await clock.refresh();
  const restamped = finding.restamped.length;
  if (isOff)
    system.logger.warn('the wall clock is off: what is recorded here is stamped by the corrected time', {
      offByMs: finding.skewMs,
      restamped,
    });
  else
    system.logger.warn('the wall clock was ahead for a while: what was never offered is stamped anew', { restamped });
  // What looked like the future may be the present.
  await releaseDue(deps);
  return finding;
};

/** Applies what waited for its time, if that has come (R10). */
export const releaseDue = (deps: MergeDeps): ReturnType<typeof runMerge> =>
  runMerge(deps, { batch: [], origin: { type: 'received' } });

/**
 * Readings that are right stay; those that the wrong clock drove ahead are given up, also where an
 * event that others may hold stands there: what is recorded from now on would be held with it (R10).
 */
const clockAfter = (
  before: ClockReading,
  restamped: ClockReading,
  nowMs: number,
  { limits }: MergeDeps,
): ClockReading =>
  [before, restamped]
    .filter(({ wallMs }) => wallMs <= nowMs + limits.aheadMsMax)
    .sort(compareReadings)
    .at(-1) ?? clockOrigin;

const lastOffered = async (store: EventStore, { replicaId, offeredSeq }: ReplicaFacts): Promise<ClockReading> => {
  if (offeredSeq === 0) return clockOrigin;
  const stored = await store.findEvents({ dots: [dotOf(replicaId, offeredSeq)] });
  const readings = stored.map(({ sealed: { event } }) => ({
    wallMs: timestampToMs(event.timestamp) ?? 0,
    counter: event.counter,
  }));
  return readings.sort(compareReadings).at(-1) ?? clockOrigin;
};

/** In the order of their numbers, each later than the one before and none later than now, as far as that goes. */
const restampAll = (
  own: readonly SealedEvent[],
  last: ClockReading,
  byMs: number,
  nowMs: number,
  { system }: MergeDeps,
): { readonly restamped: readonly RenamedEvent[]; readonly reading: ClockReading } => {
  let reading = last;
  const restamped = own.map(({ event, dot }) => {
    reading = tick(reading, Math.min((timestampToMs(event.timestamp) ?? 0) + byMs, nowMs));
    const stamped = { ...event, timestamp: msToTimestamp(reading.wallMs), counter: reading.counter };
    const sealed = parseEvent(stamped, system.sha256);
    invariant(sealed.ok, `event ${dot} does not take another time`);
    return { from: dot, sealed: sealed.value };
  });
  return { restamped, reading };
};
