/**
 * Appends that come at the same moment share one commit: making a commit durable costs more than
 * what is in it, so a hub with many writers would otherwise be as slow as its disk.
 *
 * Who comes first goes first. A group that fails because of one of its batches is tried again one by
 * one, so that nobody's batch fails because of another's; what the disk or a lock refuses fails for all.
 */
import { isReknitError } from '../../../../domain/shared/errors.js';

export interface GroupCommit<Job, Answer> {
  readonly add: (job: Job) => Promise<Answer>;
  /** Resolves when everything that was added is done. */
  readonly idle: () => Promise<void>;
}

interface Waiting<Job, Answer> {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export const groupCommit = <Job, Answer>(
  commit: (jobs: readonly Job[]) => Promise<readonly Answer[]>,
  sizeOf: (job: Job) => number,
  sizeMax: number,
): GroupCommit<Job, Answer> => {
  const queue: Waiting<Job, Answer>[] = [];
  let running: Promise<void> | undefined;

  const takeGroup = (): readonly Waiting<Job, Answer>[] => {
    let count = 0;
    let size = 0;
    for (const { job } of queue) {
      size += sizeOf(job);
      if (count > 0 && size > sizeMax) break;
      count += 1;
    }
    return queue.splice(0, count);
  };
  const runGroup = async (group: readonly Waiting<Job, Answer>[]): Promise<void> => {
    try {
      const answers = await commit(group.map(({ job }) => job));
      group.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      if (group.length === 1 || isReknitError(error)) for (const { reject } of group) reject(error);
      else for (const single of group) await runGroup([single]);
    }
  };
  const run = async (): Promise<void> => {
    // Whoever calls in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await runGroup(takeGroup());
    running = undefined;
  };

  return {
    add: (job) =>
      new Promise((resolve, reject) => {
        queue.push({ job, resolve, reject });
        running ??= run();
      }),
    idle: async () => {
      await running;
    },
  };
};
