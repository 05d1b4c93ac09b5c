/** Gives up what has waited in the log for too long, now and then, where an operator set a bound. */
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { HubCore } from './core.js';

/** Often enough that an age is kept to within a tenth, and never for its own sake. */
const pauseMsLeast = 1_000;
const pauseMsMost = 60 * 60_000;

/** Answers how to stop. */
export const dropOldParked = ({ log, clock, logger }: Pick<HubCore, 'log' | 'clock' | 'logger'>, msMax: number) => {
  const pauseMs = Math.min(pauseMsMost, Math.max(pauseMsLeast, msMax / 10));
  let cancel: (() => void) | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    try {
      const before = msToTimestamp(Math.max(0, nowMs - msMax));
      const count = await log.dropParked({ before }, msToTimestamp(nowMs));
      if (count > 0) logger.warn('events waited too long for what they build on, and were given up', { count });
    } catch (error) {
      logger.error('what waits could not be looked through', { error: String(error) });
    }
    if (!isStopped) cancel = clock.after(pauseMs, () => void look());
  };
  void look();
  return (): void => {
    isStopped = true;
    cancel?.();
  };
};
