/**
 * Progress of long work, on a terminal alone. It appears when the work has taken a moment:
 * what is done at once needs no bar.
 */
import progress from 'cli-progress';
import type { Stream } from '../surroundings.js';

export interface Progress {
  /** `total` where it is known. */
  readonly update: (done: number, total?: number) => void;
  readonly stop: () => void;
}

const quietMs = 400;

export const createProgress = (label: string, terminal: Stream | undefined): Progress => {
  if (terminal === undefined) return { update: () => undefined, stop: () => undefined };
  const startedMs = Date.now();
  let bar: progress.SingleBar | undefined;
  return {
    update: (done, total) => {
      if (Date.now() - startedMs < quietMs) return;
      if (bar === undefined) {
        const amount = total === undefined ? '{value}' : '{bar} {value}/{total}';
        bar = new progress.SingleBar(
          {
            format: `${label} ${amount} {duration_formatted}`,
            stream: terminal,
            clearOnComplete: true,
            hideCursor: true,
          },
          progress.Presets.shades_classic,
        );
        bar.start(total ?? 0, done);
      }
      if (total !== undefined) bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
};
