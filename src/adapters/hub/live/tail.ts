/**
 * The end of the log, for all sockets at once. One reader follows the log, and what it read is
 * written once for each view and sent to everyone who has it, so that a commit costs hundreds of
 * readers a copy of bytes each, and no more reading, signing or writing than one of them.
 *
 * A member may stand ahead of the tail (it read on by itself) or, for one round, behind what
 * others were given; each is given exactly what follows its own position.
 */
import type { HubEntry, HubLog } from '../../../application/ports/hub-log.js';
import type { Logger } from '../../../application/ports/system.js';
import type { HubClock, HubLimits } from '../options.js';
import type { PageOf } from '../exchange/page.js';

export interface TailMessage {
  readonly bytes: Buffer;
  readonly cursor: string;
  readonly position: number;
}

export interface TailMember extends PageOf {
  /** What it was given last. */
  readonly position: () => number;
  /** Answers whether it was taken; a member that is too slow leaves, and reads on by itself. */
  readonly deliver: (message: TailMessage) => boolean;
}

export interface Tail {
  /** False for one that stands behind the tail: it has to read on first. */
  readonly join: (member: TailMember) => boolean;
  readonly leave: (member: TailMember) => void;
  readonly close: () => void;
}

export interface TailDeps {
  readonly log: HubLog;
  readonly logger: Logger;
  readonly clock: HubClock;
  readonly limits: HubLimits;
  /** The message with these entries for readers like this one. */
  readonly write: (entries: readonly HubEntry[], reader: PageOf, more: boolean) => Promise<TailMessage>;
}

/** After a failure of the storage; whoever reads meanwhile is told by its own request. */
const retryMs = 1_000;

export const createTail = ({ log, logger, clock, limits, write }: TailDeps): Tail => {
  const members = new Set<TailMember>();
  let position = 0;
  let isReading = false;
  let isStale = false;
  let isClosed = false;
  let stopWatching: (() => void) | undefined;
  let cancelPause: (() => void) | undefined;

  const wake = (): void => {
    isStale = true;
    if (!isReading && !isClosed && cancelPause === undefined && members.size > 0) void follow();
  };
  const pause = (delayMs: number): void => {
    if (delayMs === 0) {
      if (isStale) wake();
      return;
    }
    cancelPause = clock.after(delayMs, () => {
      cancelPause = undefined;
      if (isStale) wake();
    });
  };

  const follow = async (): Promise<void> => {
    isReading = true;
    isStale = false;
    let delayMs = limits.tailPauseMs + (members.size * limits.tailPauseMsPerHundred) / 100;
    try {
      const { entries, more } = await log.read({
        after: position,
        limit: limits.pageEntriesMax,
        bytesMax: limits.pageBytesMax,
      });
      const last = entries.at(-1);
      if (last !== undefined) await deliver(entries, last.position, more);
      if (more) isStale = true;
    } catch (error) {
      logger.error('the end of the log could not be read', { error: String(error) });
      isStale = true;
      delayMs = retryMs;
    }
    isReading = false;
    if (!isClosed) pause(delayMs);
  };

  const deliver = async (entries: readonly HubEntry[], to: number, more: boolean): Promise<void> => {
    // Those that stand elsewhere than the tail are few, and only for a round.
    const messages = new Map<string, TailMessage>();
    for (const member of members) {
      const from = member.position();
      if (from >= to) continue;
      const key = `${from}:${member.view.digest}:${String(member.isSpared)}`;
      let message = messages.get(key);
      if (message === undefined) {
        const wanted = from === position ? entries : entries.filter((entry) => entry.position > from);
        message = await write(wanted, member, more);
        messages.set(key, message);
        // It may have gone while the message was written.
        if (!members.has(member)) continue;
      }
      if (!member.deliver(message)) members.delete(member);
    }
    // In the same step as the last delivery: who joins from now on is measured by it.
    position = to;
  };

  return {
    join: (member) => {
      if (isClosed) return false;
      if (members.size === 0 && !isReading) position = member.position();
      else if (member.position() < position) return false;
      members.add(member);
      stopWatching ??= log.watch(wake);
      // What came between its last page and now.
      wake();
      return true;
    },
    leave: (member) => {
      members.delete(member);
      if (members.size > 0) return;
      stopWatching?.();
      stopWatching = undefined;
    },
    close: () => {
      isClosed = true;
      members.clear();
      cancelPause?.();
      stopWatching?.();
      stopWatching = undefined;
    },
  };
};
