/** The inside of a process that was started to follow one order: it tells stages and the answer, a line of JSON each. */
import { writeSync } from 'node:fs';

/** Before each line: systems print what they like, and that is not meant for the bench. */
export const lineMark = '@bench ';

const tell = (line: unknown): void => {
  writeSync(1, `${lineMark}${JSON.stringify(line)}\n`);
};

/** The limit of an order begins anew with each stage. */
export const tellStage = (stage: string): void => tell({ stage });

export const followOrder = async (follow: (order: unknown) => Promise<unknown>): Promise<void> => {
  const answer = await follow(JSON.parse(process.env['BENCH_ORDER'] ?? '{}'));
  tell({ answer });
  // Timers and sockets that a system leaves behind would keep the process.
  process.exit(0);
};
