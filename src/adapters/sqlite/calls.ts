/**
 * How every call of the port reaches the file: as one transaction on the one connection, so
 * that its answer is from one version (S5), with what the driver throws translated (S10), and
 * not at all once the store is closed (S11).
 *
 * A call runs to its end without waiting, except for another process's lock: then this process
 * goes on with other things and asks again. Many calls in a row would keep the process from
 * everything else all the same, since an answer that is there at once lets nobody else have a
 * turn: now and then one is given only after the others had theirs.
 */
import { setImmediate } from 'node:timers/promises';
import type { Durability } from '../../application/ports/event-store.js';
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';
import { InvariantViolation } from '../../domain/shared/invariant.js';
import type { Base } from './base.js';
import { isBusy, isSyncFailure, translateError } from '../sqlite-file/errors.js';
import { setSync } from '../sqlite-file/settings.js';

export interface StoreCalls {
  readonly reading: <Value>(read: () => Value) => Promise<Value>;
  /**
   * All or nothing; what answers undefined is undone. Where `isForced` says so, it is durable
   * at once, with all that was written before, whatever the store promises otherwise.
   */
  readonly writing: <Value>(write: () => Value | undefined, isForced?: () => boolean) => Promise<Value | undefined>;
  /** What needs no transaction. */
  readonly now: <Value>(run: () => Value) => Value;
  readonly close: () => void;
}

export interface CallOptions {
  readonly readOnly: boolean;
  readonly busyTimeoutMs: number;
  readonly durability: Durability;
  readonly turnAfterMs: number;
}

/** Pauses between attempts grow to this: short enough that a waiting writer gets its turn. */
const pauseMsMax = 50;

export const storeCalls = (
  base: Base,
  { readOnly, busyTimeoutMs, durability, turnAfterMs }: CallOptions,
): StoreCalls => {
  const { connection, remembered } = base;
  let isClosed = false;
  let hasLostSync = false;
  let lastTurnMs = performance.now();

  const now = <Value>(run: () => Value): Value => {
    if (isClosed) throw new ReknitError('store_closed', 'the store is closed: open it again');
    try {
      return run();
    } catch (error) {
      hasLostSync ||= isSyncFailure(error);
      base.forgetAll();
      throw translateError(error);
    }
  };

  const patiently = async <Value>(run: () => Value): Promise<Value> => {
    const giveUpMs = Date.now() + busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
      try {
        const answer = now(run);
        if (performance.now() - lastTurnMs > turnAfterMs) {
          lastTurnMs = performance.now();
          await setImmediate();
          lastTurnMs = performance.now();
        }
        return answer;
      } catch (error) {
        if (!isReknitError(error) || !isBusy(error.cause) || Date.now() >= giveUpMs) throw error;
      }
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  };

  const write = <Value>(run: () => Value | undefined): Value | undefined => {
    const written = connection.writing(() => {
      remembered.refresh();
      return run();
    });
    if (written === undefined) base.forgetAll();
    return written;
  };

  return {
    reading: (read) =>
      patiently(() =>
        connection.reading(() => {
          remembered.refresh();
          try {
            return read();
          } catch (error) {
            throw unreadable(error);
          }
        }),
      ),
    writing: (run, isForced = () => false) =>
      patiently(() => {
        if (readOnly)
          throw new ReknitError('storage_read_only', 'the store was opened for reading: open it for writing');
        // What an fsync that failed has left on the disk nobody knows; another that succeeds would hide it.
        if (hasLostSync)
          throw new ReknitError('storage_failed', 'the disk has failed to sync: open the store again and verify it');
        if (!isForced()) return write(run);
        setSync(connection.driver, 'power');
        try {
          return write(run);
        } finally {
          setSync(connection.driver, durability);
        }
      }),
    now,
    close: () => {
      isClosed = true;
    },
  };
};

/** What this store wrote it can read: where rows do not fit together, or hold no JSON, somebody else has changed them. */
const unreadable = (error: unknown): unknown =>
  error instanceof SyntaxError ||
  error instanceof RangeError ||
  error instanceof TypeError ||
  error instanceof InvariantViolation
    ? new ReknitError(
        'storage_corrupt',
        `the file holds what nobody wrote into it (${error.message}): keep it, and run "reknit repair"`,
        {},
        { cause: error },
      )
    : error;
