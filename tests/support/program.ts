/**
 * The program as its users start it: the compiled one, in a process of its own. It is built
 * once for all test files; those that come meanwhile wait for the one that builds.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/program.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const compiledProgram = join(root, 'dist', 'cli', 'main.js');
/** The compiled library, for programs that tests start. */
export const library = join(root, 'dist', 'index.js');
const lock = join(root, 'node_modules', '.reknit-build-lock');
/** Much longer than a build takes: whoever took the lock that long ago was killed. */
const lockMsMax = 90_000;

/** Compiles what is not up to date. */
export const buildProgram = async (): Promise<void> => {
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', 'tsconfig.build.json'], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the program does not compile:\n${stdout}`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
};

const takeLock = (): boolean => {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const takenMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - takenMs > lockMsMax) rmSync(lock, { recursive: true, force: true });
    return false;
  }
};

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads that many characters of the output, and no more. */
  readonly readsOnly?: number;
  /** Keeps the input open, and is told how to interrupt the program. */
  readonly onStart?: (interrupt: () => void) => void;
}

export const reknit = (
  parameters: readonly string[],
  { cwd = root, input, environment = {}, readsOnly, onStart }: CallOptions = {},
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const { REKNIT_DB: _db, REKNIT_AGENT: _agent, NO_COLOR: _noColor, ...inherited } = process.env;
    const child = spawn(process.execPath, [compiledProgram, ...parameters], {
      cwd,
      env: { ...inherited, ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (readsOnly !== undefined && stdout.length >= readsOnly) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A program that refuses the call does not read its input.
    child.stdin.on('error', () => undefined);
    if (onStart === undefined) child.stdin.end(input);
    else {
      child.stdin.write(input ?? '');
      onStart(() => child.kill('SIGINT'));
    }
  });

/**
 * The same call without a process of its own, from the sources: quick enough to make many.
 * Relative paths are those of the test, so files are named in full.
 */
export const call = async (
  parameters: readonly string[],
  { input = '', environment = {} }: CallOptions = {},
): Promise<Finished> => {
  const [output, errors] = [collector(), collector()];
  const code = await runProgram(parameters, {
    input: Readable.from([Buffer.from(input)]),
    output: output.stream,
    errors: errors.stream,
    environment,
    interruption: new AbortController().signal,
  });
  return { code, stdout: output.text(), stderr: errors.text() };
};

const collector = (): { readonly stream: Writable; readonly text: () => string } => {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
};

export const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** NDJSON, parsed. */
export const recordsOf = (text: string): readonly unknown[] => linesOf(text).map((line): unknown => JSON.parse(line));
