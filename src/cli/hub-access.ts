/**
 * How a command reaches a hub. The token comes from the environment or a file: what stands on a command line is read
 * by whoever lists the machine's processes, and kept by the shell.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { hubRemote, type Remote } from '../index.js';
import { usageError } from './errors.js';
import type { Session } from './session.js';

/** The options of `withHubAccess`, as they were given. */
export interface HubAccess {
  readonly hub: string;
  readonly tokenFile?: string;
  readonly tokenEnv: string;
  readonly allowPlainHttp?: boolean;
}

const defaultTokenVariable = 'REKNIT_HUB_TOKEN';

/** @param hub what `--hub` means to the command */
export const withHubAccess = (command: Command, hub: string): Command =>
  command
    .option('--hub <url>', hub)
    .option('--token-file <file>', "a file that holds the hub's token and nothing else")
    .option('--token-env <name>', "the environment variable that holds the hub's token", defaultTokenVariable)
    .option('--allow-plain-http', 'send the token without TLS to another machine too');

/** Checked before a file is opened, or made. */
export const hubRemoteFor = ({ environment }: Session, options: HubAccess): Remote => {
  const { hub, tokenFile, tokenEnv, allowPlainHttp = false } = options;
  if (tokenFile !== undefined) refuseTokenless(tokenFile);
  if (tokenEnv !== defaultTokenVariable && (environment[tokenEnv] ?? '') === '')
    throw usageError(`there is no token in the variable ${tokenEnv}: set it, or leave out --token-env`);
  // Read again before every use: a file can be given a new one while the sync runs.
  const token = tokenFile === undefined ? environment[tokenEnv] : () => readToken(tokenFile);
  return hubRemote({ url: hub, allowPlainHttp, ...(token === undefined || token === '' ? {} : { token }) });
};

const readToken = (file: string): string => readFileSync(file, 'utf8').trim();

const refuseTokenless = (file: string): void => {
  let token: string;
  try {
    token = readToken(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--token-file names ${file}, which cannot be read: ${reason}`, { file });
  }
  if (token === '') throw usageError(`there is no token in ${file}`, { file });
};
