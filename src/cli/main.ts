#!/usr/bin/env node
/** The program's start: hands over the call, and ends quietly when nobody reads on. */
import { isatty } from 'node:tty';
import { errorText } from './errors.js';
import { exitCodes } from './exit-code.js';
import { runProgram } from './program.js';

// Whoever reads the output has seen enough (`reknit list | head`); what was written is committed already.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`${errorText(error, process.argv.includes('--json'))}\n`);
  process.exit(exitCodes.wrongCall);
});

const interruption = new AbortController();
// Once: who presses it again means it.
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());

process.exitCode = await runProgram(process.argv.slice(2), {
  // Not touched unless it is read: a closed input is no error of a command that reads none.
  get input() {
    return process.stdin;
  },
  output: process.stdout,
  get terminal() {
    return isatty(0) && process.stdout.isTTY ? { input: process.stdin, output: process.stdout } : undefined;
  },
  errors: process.stderr,
  environment: process.env,
  interruption: interruption.signal,
});
// Input that was not read to its end would keep the process alive.
process.stdin.destroy();
