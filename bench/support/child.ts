/** Programs of a bench in processes of their own. They say one line of JSON when they are ready, and end with their input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReplicaAnswer, ReplicaOrder } from './replica-in-child.js';

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
  /** Where it is now. */
  readonly url: string;
  /** Goes on with another file; answers where it is from now on. */
  readonly serve: (file: string) => Promise<string>;
  readonly end: () => Promise<void>;
}

export const startHub = async (file: string): Promise<HubChild> => {
  const { next, tell, end } = startChild('hub-in-child', { BENCH_FILE: file });
  const place = async (): Promise<string> => ((await next()) as { readonly url: string }).url;
  const url = await place();
  return {
    url,
    serve: (other) => {
      tell(other);
      return place();
    },
    end,
  };
};

export interface ReplicaChild {
  /** Resolves when it has done so. */
  readonly follow: (order: ReplicaOrder) => Promise<ReplicaAnswer>;
  readonly end: () => Promise<void>;
}

export const startReplica = (): ReplicaChild => {
  const { next, tell, end } = startChild('replica-in-child', {});
  return {
    follow: async (order) => {
      tell(JSON.stringify(order));
      return (await next()) as ReplicaAnswer;
    },
    end,
  };
};
