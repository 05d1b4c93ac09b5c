/**
 * A program in a pseudo-terminal, as a person has it before them: what they see is the screen that a terminal makes of
 * its output, and what they type are keys. `script` (util-linux) makes the pseudo-terminal, xterm the screen.
 */
import { spawn, spawnSync } from 'node:child_process';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { compiledProgram } from './program.js';

export interface Terminal {
  /** Resolves as soon as the screen says so; rejects, with the screen, when the program ends before. */
  readonly sees: (expected: string | RegExp) => Promise<string>;
  readonly types: (keys: string) => void;
  /** The exit code. */
  readonly ends: () => Promise<number | null>;
  readonly screen: () => string;
}

export const keys = { enter: '\r', interrupt: '\u0003', escape: '\u001B', clearLine: '\u0015' } as const;

/** Where there is none, what needs a person at a terminal cannot be tested; CI has to have it. */
export const hasTerminals = (): boolean => {
  const isThere = spawnSync('script', ['--version']).status === 0;
  if (!isThere && process.env['CI'] === 'true') throw new Error('CI needs "script", of util-linux');
  return isThere;
};

export const inTerminal = (
  parameters: readonly string[],
  {
    columns = 120,
    rows = 50,
    environment = {},
  }: { columns?: number; rows?: number; environment?: Record<string, string> } = {},
): Terminal => {
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 2_000, allowProposedApi: true });
  const call = [process.execPath, compiledProgram, ...parameters].map(quoted).join(' ');
  const child = spawn('script', ['-qfec', `stty cols ${columns} rows ${rows}; exec ${call}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', CI: '', ...environment },
  });
  const watchers = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    screen.write(data, () => {
      for (const watch of watchers) watch();
    });
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  onTestFinished(() => {
    child.kill('SIGKILL');
    screen.dispose();
  });
  const text = (): string => {
    const { active } = screen.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  };
  return {
    screen: text,
    types: (typed) => child.stdin.write(typed),
    ends: () => ended,
    sees: (expected) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const shown = text();
          if (typeof expected === 'string' ? !shown.includes(expected) : !expected.test(shown)) return;
          watchers.delete(look);
          resolve(shown);
        };
        watchers.add(look);
        look();
        const giveUp = async (): Promise<void> => {
          const code = await ended;
          look();
          if (watchers.delete(look)) reject(new Error(`ended with ${code} before showing ${expected}:\n${text()}`));
        };
        void giveUp();
      }),
  };
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
