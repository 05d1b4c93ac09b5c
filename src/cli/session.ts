/** One call of the program: its common options, where it says things, and how it is interrupted. */
import { userInfo } from 'node:os';
import { usageError } from './errors.js';
import { createOutput, type Output } from './output/output.js';

export interface CommonOptions {
  readonly db?: string;
  readonly agent?: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

export interface Session {
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly agentId: string;
  readonly policyPath: string | undefined;
  /** The replica's file; refuses the call where none is named. */
  readonly file: () => string;
}

export const createSession = (
  options: CommonOptions,
  signal: AbortSignal,
  environment: NodeJS.ProcessEnv,
): Session => ({
  output: createOutput({
    isJson: options.json === true,
    isColored: options.color !== false && (environment['NO_COLOR'] ?? '') === '' && process.stdout.isTTY === true,
  }),
  signal,
  agentId: nonEmpty(options.agent) ?? nonEmpty(environment['REKNIT_AGENT']) ?? userName(),
  policyPath: options.policy,
  file: () => {
    const file = nonEmpty(options.db) ?? nonEmpty(environment['REKNIT_DB']);
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
