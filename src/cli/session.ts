/** One call of the program: its common options, where it says things, and how it is interrupted. */
import { userInfo } from 'node:os';
import { usageError } from './errors.js';
import { createOutput, type Output } from './output/output.js';
import type { Surroundings, Terminal } from './surroundings.js';

export interface CommonOptions {
  readonly db?: string;
  readonly agent?: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

export interface Session {
  readonly output: Output;
  readonly input: AsyncIterable<Uint8Array>;
  /** Where a person can be asked; missing where nobody sits there. */
  readonly terminal: Terminal | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly agentId: string;
  readonly policyPath: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The replica's file; refuses the call where none is named. */
  readonly file: () => string;
  /** Says that being interrupted is how this call ends, as a server's does. */
  readonly expectInterruption: () => void;
}

export const createSession = (
  options: CommonOptions,
  surroundings: Surroundings,
  expectInterruption: () => void,
): Session => ({
  expectInterruption,
  get input() {
    return surroundings.input;
  },
  get terminal() {
    return options.json === true ? undefined : surroundings.terminal;
  },
  output: createOutput({
    isJson: options.json === true,
    isColored:
      options.color !== false &&
      (surroundings.environment['NO_COLOR'] ?? '') === '' &&
      surroundings.output.isTTY === true,
    result: surroundings.output,
    remarks: surroundings.errors,
  }),
  signal: surroundings.interruption,
  agentId: nonEmpty(options.agent) ?? nonEmpty(surroundings.environment['REKNIT_AGENT']) ?? userName(),
  policyPath: options.policy,
  environment: surroundings.environment,
  file: () => {
    const file = nonEmpty(options.db) ?? nonEmpty(surroundings.environment['REKNIT_DB']);
    if (file === undefined) throw usageError('no file is named: add --db FILE, or set REKNIT_DB');
    return file;
  },
});

const nonEmpty = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : text;

/** Some machines run programs under users without a name. */
const userName = (): string => {
  try {
    return nonEmpty(userInfo().username) ?? 'unknown';
  } catch {
    return 'unknown';
  }
};
