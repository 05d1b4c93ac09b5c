/** Follows an order in a process of its own, which is stopped when a stage takes longer than it may. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { lineMark } from './order.js';

export interface OrderLimits {
  /** What a stage may take; the first has no name. */
  readonly limitMs: (stage?: string) => number;
  /** Kills the process so long after it told this stage: for what is meant to be interrupted. */
  readonly kill?: { readonly stage: string; readonly afterMs: number };
}

export type Followed<Answer> =
  | { readonly type: 'answered'; readonly answer: Answer }
  | { readonly type: 'killed' | 'too slow' }
  | { readonly type: 'failed'; readonly reason: string };

/** @param program the name of a program beside this one */
export const runOrder = async <Answer>(
  program: string,
  order: unknown,
  { limitMs, kill }: OrderLimits,
): Promise<Followed<Answer>> => {
  const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  // Under the same flags, and with room for what the largest size takes.
  const child = spawn(process.execPath, [...process.execArgv, path], {
    env: { ...process.env, BENCH_ORDER: JSON.stringify(order) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended: Followed<Answer> | undefined;
  const stop = (type: 'killed' | 'too slow'): void => {
    ended ??= { type };
    child.kill('SIGKILL');
  };
  let timer = setTimeout(() => stop('too slow'), limitMs());
  let killer: NodeJS.Timeout | undefined;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith(lineMark)) return;
    const told = JSON.parse(line.slice(lineMark.length)) as { readonly stage?: string; readonly answer?: Answer };
    if (told.answer !== undefined) ended ??= { type: 'answered', answer: told.answer };
    clearTimeout(timer);
    timer = setTimeout(() => stop('too slow'), limitMs(told.stage));
    if (kill !== undefined && told.stage === kill.stage) killer = setTimeout(() => stop('killed'), kill.afterMs);
  });
  const [code] = (await once(child, 'close')) as readonly unknown[];
  clearTimeout(timer);
  clearTimeout(killer);
  return ended ?? { type: 'failed', reason: `exit status ${String(code)}: ${complaint.trim()}` };
};
