/**
 * Looks at every commit of every replica as it is made: what must hold of one commit after the other is checked at
 * once, for little, and what is wrong is remembered until the step is over, as an error here would look like one of
 * the store.
 */
import { dotOf } from '../../domain/causality/dot.js';
import { compareReadings, type ClockReading } from '../../domain/clock/hybrid-clock.js';
import { timestampToMs } from '../../domain/clock/timestamp.js';
import type { ReknitEvent } from '../../domain/events/event.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Disk } from './disk.js';

/** A replica says that it has read a remote up to here. */
export interface CursorMove {
  readonly place: string;
  readonly disk: Disk;
  /** Which remote. */
  readonly of: string;
  readonly cursor: string;
}

export interface CommitWatch {
  readonly committed: (place: string, disk: Disk, work: UnitOfWork) => void;
  /** How many there were so far. */
  readonly count: () => number;
  /** The first thing that was wrong. */
  readonly wrong: () => { readonly checker: string; readonly message: string } | undefined;
  /** Cursors that moved since they were last asked for. */
  readonly takeMoves: () => readonly CursorMove[];
}

export const createCommitWatch = (trace: (line: string) => void): CommitWatch => {
  let wrong: { readonly checker: string; readonly message: string } | undefined;
  let moves: CursorMove[] = [];
  let count = 0;
  /** By disk: the work before, the last reading of the own clock. */
  const before = new WeakMap<Disk, UnitOfWork>();
  const readings = new WeakMap<Disk, ClockReading>();

  const checks = Object.entries<(disk: Disk, work: UnitOfWork) => string | undefined>({
    // I42
    'the audit trail only grows, entry by entry': (disk, { audit }) => {
      const last = before.get(disk)?.audit ?? disk.journal.at(-2)?.audit;
      return audit.number === (last?.number ?? 0) + 1 && audit.previousHash === (last?.hash ?? '')
        ? undefined
        : `entry ${audit.number} follows ${last?.number ?? 'nothing'}`;
    },
    // I13, I26
    'own events are numbered without gaps, each later than the one before': (
      disk,
      { append, park, variants, replica, audit },
    ) => {
      const last = before.get(disk);
      const isSame = last?.replica.replicaId === replica.replicaId;
      const isCorrected = audit.acts.some(({ type }) => type === 'ClockCorrected');
      if (isCorrected || !isSame) readings.delete(disk);
      // What clashes with another event is kept as evidence, and what was refused waits (R6, R9).
      const own = [...append, ...park, ...variants.map((sealed) => ({ sealed }))]
        .map(({ sealed }) => sealed)
        .filter(({ event }) => event.replicaId === replica.replicaId)
        .sort((a, b) => a.event.seq - b.event.seq);
      let seq = isSame ? (last?.replica.lastSeq ?? 0) : undefined;
      for (const sealed of own) {
        // What was withdrawn, and comes back, is no new event.
        if (seq === undefined || sealed.event.seq <= seq) continue;
        if (sealed.event.seq !== seq + 1) return `${sealed.dot} follows number ${seq}`;
        const reading = readingOf(sealed.event);
        const previous = readings.get(disk);
        if (previous !== undefined && compareReadings(reading, previous) <= 0) return `${sealed.dot} is no later`;
        readings.set(disk, reading);
        seq = sealed.event.seq;
      }
      return undefined;
    },
    // I24, R3
    'what has seen another event is applied after it': ({ holdings }, { append }) => {
      for (const { sealed } of append)
        for (const parent of sealed.event.parents)
          if (!holdings.applied.has(parent) && !holdings.voids.has(parent)) return `${sealed.dot} without ${parent}`;
      return undefined;
    },
    // I21, R5
    'no two contents are applied under one dot': ({ holdings }, { append, variants }) => {
      for (const { dot, hash } of variants) {
        const other = holdings.applied.get(dot);
        if (other !== undefined && other.hash !== hash && !holdings.voids.has(dot)) return `${dot} is no void`;
      }
      for (const { sealed } of append)
        if (holdings.applied.get(sealed.dot)?.hash !== sealed.hash) return `${sealed.dot} stands twice in one commit`;
      return undefined;
    },
    // R7, I11
    'what was offered stays offered': (disk, { replica }) => {
      const last = before.get(disk)?.replica;
      if (replica.offeredSeq > replica.lastSeq)
        return `${dotOf(replica.replicaId, replica.offeredSeq)} was not written`;
      return last?.replicaId === replica.replicaId && replica.offeredSeq < last.offeredSeq
        ? `${replica.offeredSeq} after ${last.offeredSeq}`
        : undefined;
    },
  });

  return {
    count: () => count,
    committed: (place, disk, work) => {
      count += 1;
      trace(`${place} commits ${work.audit.hash}`);
      for (const [checker, check] of checks) {
        const found = check(disk, work);
        if (found !== undefined) wrong ??= { checker, message: `${place}: ${found}` };
      }
      before.set(disk, work);
      for (const [key, cursor] of work.cursors ?? [])
        if (key.startsWith(pullKeys)) moves.push({ place, disk, of: key.slice(pullKeys.length), cursor });
    },
    wrong: () => wrong,
    takeMoves: () => {
      const taken = moves;
      moves = [];
      return taken;
    },
  };
};

/** Of cursors, those that say how far a remote was read. */
const pullKeys = 'pull ';

const readingOf = ({ timestamp, counter }: ReknitEvent): ClockReading => ({
  wallMs: timestampToMs(timestamp) ?? 0,
  counter,
});
