/**
 * The rounds of a connection, one after the other, and those who asked for them. A round that is called off goes on to
 * its next stop and ends there; the next begins when it has wound down, and what it still says means nothing.
 */
import { ReknitError } from '../../domain/shared/errors.js';
import { createBatchSize } from '../batch-size.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { Exchange } from './exchange.js';
import { failureOf, kindOf, retryAfterMsOf, toStatusError } from './failures.js';
import type { Leadership } from './leadership.js';
import type { Needs, SyncSignal, SyncState } from './machine.js';
import { pushAll } from './push.js';
import { runRound } from './round.js';
import type { SyncReport, SyncStatus } from './status.js';
import { untakenError } from './untaken.js';

/** Who asked for a round, and is told what came of it. */
export interface Caller {
  readonly resolve: (report: SyncReport) => void;
  readonly reject: (error: unknown) => void;
}

export interface Rounds {
  readonly start: (kind: Exclude<Needs['round'], 'none'>) => void;
  /** Ends the round that runs, if one does, and only then asks why: an error costs more than most of what else is done. */
  readonly callOff: (reasonOf: () => unknown) => void;
  /** Those whose round has not begun. */
  readonly waiting: Set<Caller>;
  /** Whoever does not want to wait any longer. */
  readonly leave: (caller: Caller, reason: unknown) => void;
  /** Tells everyone whose round has not begun that there will be none. */
  readonly turnAway: (reasonOf: () => unknown) => void;
  /** Resolves when the last one has wound down. */
  readonly over: () => Promise<unknown>;
}

export interface RoundsDeps {
  readonly exchange: Exchange;
  readonly leadership: Leadership;
  readonly isAutomatic: boolean;
  readonly state: () => SyncState;
  readonly send: (signal: SyncSignal) => void;
  /** Counts anew what there is to tell. */
  readonly refresh: () => Promise<void>;
}

interface Round {
  readonly controller: AbortController;
  readonly callers: Set<Caller>;
}

export const createRounds = ({ exchange, leadership, isAutomatic, state, send, refresh }: RoundsDeps): Rounds => {
  const { deps, memory, tell } = exchange;
  const waiting = new Set<Caller>();
  let current: Round | undefined;
  let windingDown: Promise<unknown> = Promise.resolve();

  const waitAgain = ({ callers }: Round): void => {
    for (const caller of callers) waiting.add(caller);
  };
  /** Who asked while a round ran that failed is not answered by its failure. */
  const askAgain = (): void => {
    if (waiting.size > 0 && current === undefined) send('asked');
  };

  /** What there is to say at the end of a round: all is in step, or what is not. */
  const standing = (postponed: unknown): Partial<SyncStatus> => {
    const trouble = postponed ?? untakenError(memory.untaken);
    return trouble === undefined
      ? { lastSyncedAt: msToTimestamp(deps.system.clock()), error: undefined }
      : { error: toStatusError(trouble) };
  };

  /** @param body answers what is to be done at its end, which is done only if it was not called off meanwhile */
  const run = (body: (round: Round) => Promise<() => void>): void => {
    const round: Round = { controller: new AbortController(), callers: new Set(waiting) };
    waiting.clear();
    current = round;
    const before = windingDown;
    windingDown = (async () => {
      await before;
      try {
        round.controller.signal.throwIfAborted();
        if (!(await leadership.acquire())) {
          if (current !== round) return;
          current = undefined;
          waitAgain(round);
          send('leaseDenied');
          return;
        }
        const finish = await body(round);
        if (current !== round) return;
        current = undefined;
        finish();
        askAgain();
      } catch (error) {
        if (current === round) await failed(round, error);
      }
    })();
  };

  const whole = async (round: Round): Promise<() => void> => {
    const onStep = (step: 'greeted' | 'pulled'): void => {
      if (current === round) send(step);
    };
    const { report, postponed } = await runRound(exchange, onStep, round.controller.signal);
    await refresh();
    return () => {
      tell(standing(isAutomatic ? postponed : undefined));
      memory.retryAfterMs = undefined;
      send(postponed === undefined || !isAutomatic ? 'pushed' : 'failed');
      for (const caller of round.callers) caller.resolve(report);
    };
  };

  const pushOnly = async (round: Round): Promise<() => void> => {
    // The answer to the last greeting holds as long as the subscription or the turn does.
    const { greeted } = memory;
    if (greeted === undefined) throw new ReknitError('sync_failed', 'nothing was greeted yet: try again');
    const { postponed } = await pushAll(
      exchange,
      greeted,
      { isWhole: false, size: createBatchSize('following') },
      round.controller.signal,
    );
    await refresh();
    return () => {
      tell(standing(postponed));
      send(postponed === undefined ? 'pushed' : 'failed');
      waitAgain(round);
    };
  };

  const failed = async (round: Round, error: unknown): Promise<void> => {
    const failure = failureOf(error, round.controller.signal);
    const kind = kindOf(failure);
    memory.retryAfterMs = retryAfterMsOf(failure);
    if (kind !== 'leaseLost') tell({ error: toStatusError(failure) });
    await refresh().catch(() => undefined);
    if (current !== round) return;
    current = undefined;
    if (kind === 'leaseLost') {
      await leadership.release();
      waitAgain(round);
      send('leaseLost');
      return;
    }
    if (kind === 'closed') send('closed');
    else send(kind === 'failed' && !isAutomatic ? 'gaveUp' : kind);
    for (const caller of round.callers) caller.reject(failure);
    askAgain();
  };

  return {
    waiting,
    start: (kind) => run(kind === 'whole' ? whole : pushOnly),
    callOff: (reasonOf) => {
      const round = current;
      if (round === undefined) return;
      current = undefined;
      const reason = reasonOf();
      round.controller.abort(reason);
      // Another process goes on: they wait for that one.
      if (state() === 'standby') waitAgain(round);
      else for (const caller of round.callers) caller.reject(reason);
      round.callers.clear();
    },
    leave: (caller, reason) => {
      const round = current;
      const isForNobodyElse = round?.callers.size === 1 && waiting.size === 0 && !isAutomatic;
      if (round?.callers.has(caller) === true && isForNobodyElse) {
        // It ends as soon as it can, and says so itself.
        round.controller.abort(reason);
        return;
      }
      round?.callers.delete(caller);
      waiting.delete(caller);
      caller.reject(reason);
    },
    turnAway: (reasonOf) => {
      if (waiting.size === 0) return;
      const reason = reasonOf();
      for (const caller of waiting) caller.reject(reason);
      waiting.clear();
    },
    over: () => windingDown,
  };
};
