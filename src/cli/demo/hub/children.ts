/**
 * Processes that a demo starts, and that never outlive it: they end with their input, which ends with this process, and
 * what does not is killed. What they say on the standard error is told only where they fail.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ReknitError } from '../../../index.js';

export interface Child {
  readonly pid: number;
  /** Each line that it says, as JSON. */
  readonly onLine: (listener: (line: unknown) => void) => void;
  readonly tell: (line: object) => void;
  /** Rejects when the process ends before it was asked to. */
  readonly failed: Promise<never>;
}

export interface Children {
  /** @param program the name of a program beside this one */
  readonly start: (program: string, parameters: readonly string[]) => Child;
  readonly endAll: () => Promise<void>;
}

/** Between being asked to end and being killed. */
const patienceMs = 3_000;
const errorCharsMax = 2_000;

export const createChildren = (): Children => {
  const running = new Map<ReturnType<typeof spawn>, Promise<void>>();
  let isEnding = false;
  const killAll = (): void => {
    for (const child of running.keys()) child.kill('SIGKILL');
  };
  process.once('exit', killAll);

  return {
    start: (program, parameters) => {
      const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
      const child = spawn(process.execPath, [path, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-errorCharsMax);
      });
      // Told by its end.
      child.stdin.on('error', () => undefined);
      const ended = new Promise<string>((resolve) => {
        child.on('error', (error) => resolve(error.message));
        child.on('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`} ${said.trim()}`.trim()));
      });
      running.set(
        child,
        ended.then(() => void running.delete(child)),
      );
      const failed = ended.then((how) => {
        if (isEnding) return new Promise<never>(() => undefined);
        throw new ReknitError('demo_failed', `a process of the demo ended: ${how}`, { program });
      });
      // Whoever waits for something hears of it; nobody has to.
      failed.catch(() => undefined);
      const lines = createInterface({ input: child.stdout });
      return {
        pid: child.pid ?? 0,
        onLine: (listener) => void lines.on('line', (line) => listener(JSON.parse(line))),
        tell: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
        failed,
      };
    },
    endAll: async () => {
      isEnding = true;
      for (const child of running.keys()) child.stdin?.end();
      const late = setTimeout(killAll, patienceMs);
      await Promise.all(running.values());
      clearTimeout(late);
      process.off('exit', killAll);
    },
  };
};
