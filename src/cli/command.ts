/** What a command is made of: a function that adds it to the program, and one that runs its body in a session. */
import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Session } from './session.js';

/** Makes a commander action of a body: it gets a session, and its answer is what the program exits with. */
// The parameters are what the body declares, and commander gives.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export type Run = <Parameters extends readonly unknown[]>(
  body: (session: Session, ...parameters: Parameters) => Promise<ExitCode>,
) => (...given: readonly unknown[]) => Promise<void>;

export type AddCommand = (program: Command, run: Run) => void;

/** Shown at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
