/**
 * The program: its commands and common options, and how any call ends. Every way out, a wrong
 * option included, goes through here, so that exit codes and the form of errors are the same
 * everywhere.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { Run } from './command.js';
import { commands } from './commands/index.js';
import { errorText, usageError } from './errors.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import { createSession, type CommonOptions, type Session } from './session.js';
import type { Stream, Surroundings } from './surroundings.js';

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string })
    .version;

export const runProgram = async (given: readonly string[], surroundings: Surroundings): Promise<ExitCode> => {
  const { errors, environment, interruption } = surroundings;
  const isJson = given.includes('--json');
  let exitCode: ExitCode = exitCodes.fine;
  let endsByInterruption = false;
  const run: Run =
    <Parameters extends readonly unknown[]>(body: (session: Session, ...parameters: Parameters) => Promise<ExitCode>) =>
    async (...given: readonly unknown[]) => {
      // Commander adds the command itself to the arguments and options that were declared.
      const command = given.at(-1) as Command;
      const session = createSession(command.optsWithGlobals<CommonOptions>(), surroundings, () => {
        endsByInterruption = true;
      });
      exitCode = await body(session, ...(given.slice(0, -1) as unknown as Parameters));
    };
  try {
    await createProgram(run, isJson, surroundings).parseAsync(withPayload(given), { from: 'user' });
    return interruption.aborted && !endsByInterruption ? exitCodes.interrupted : exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return afterParsing(error, isJson, errors);
    if (interruption.aborted) {
      errors.write('interrupted: what was finished is kept, and the same call goes on from there\n');
      return exitCodes.interrupted;
    }
    errors.write(`${errorText(error, isJson)}\n`);
    if ((environment['REKNIT_DEBUG'] ?? '') !== '' && error instanceof Error) errors.write(`${error.stack ?? ''}\n`);
    return exitCodes.wrongCall;
  }
};

/** The program's words: its commands with their options, whose bodies are run by `run`. */
export const createProgram = (run: Run, isJson: boolean, { output, errors }: Surroundings): Command => {
  const program = new Command('reknit');
  program
    .description('Records, merges and exchanges events in a file of your own, with or without a network.')
    .version(version())
    .option('--db <file>', "the replica's file (or REKNIT_DB)")
    .option('--agent <name>', 'who writes (or REKNIT_AGENT; otherwise your user name)')
    .option('--policy <module>', "a module that exports the policy, or a policy's data as JSON")
    .option('--json', 'print JSON: one document, or one a line where there are many')
    .option('--no-color', 'without colours (or NO_COLOR)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help to see how it is called)')
    .exitOverride();
  program.configureOutput({
    writeOut: (text) => output.write(text),
    // Programs are told in JSON, once, when the call has ended.
    writeErr: (text) => (isJson ? undefined : errors.write(text)),
  });
  program.addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 the answer is no (conflicts pending, a check failed, input refused), 2 the call is wrong.\nTry it: reknit demo',
  );
  for (const add of commands) add(program, run);
  return program;
};

/** Commander has told people already; programs are told here. */
const afterParsing = (error: CommanderError, isJson: boolean, errors: Stream): ExitCode => {
  if (error.exitCode === 0) return exitCodes.fine;
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (isJson) errors.write(`${errorText(usageError(message === '(outputHelp)' ? 'name a command' : message), true)}\n`);
  return exitCodes.wrongCall;
};

/** `--json {…}` of `record` is a payload as well as a wish for JSON: an object cannot be anything else. */
const withPayload = (given: readonly string[]): readonly string[] =>
  given.flatMap((text, index) =>
    given[index - 1] === '--json' && text.trimStart().startsWith('{') ? ['--payload', text] : [text],
  );
