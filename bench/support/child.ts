/** Programs of a bench in processes of their own. They say one line of JSON when they are ready, and end with their input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** The next line that it says. */
  readonly next: () => Promise<unknown>;
  readonly tell: (line: string) => void;
  /** Ends its input, and resolves when it has ended. */
  readonly end: () => Promise<void>;
}

export const startChild = (program: string, variables: Readonly<Record<string, string>>): Child => {
  const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  // Under the same flags, so that a profile of the bench has one of each.
  const child = spawn(process.execPath, [...process.execArgv, path], {
    env: { ...process.env, ...variables },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`${program} has ended`);
      return JSON.parse(value) as unknown;
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end();
      const [code] = (await ended) as readonly unknown[];
      if (code !== 0) throw new Error(`${program} failed: ${String(code)}`);
    },
  };
};

export interface HubChild {
  readonly url: string;
  readonly end: () => Promise<void>;
}

export const startHub = async (file: string): Promise<HubChild> => {
  const { next, end } = startChild('hub-in-child', { BENCH_FILE: file });
  const { url } = (await next()) as { readonly url: string };
  return { url, end };
};
