#!/usr/bin/env node
/** The program's start: hands over the call, and ends quietly when nobody reads on. */
import { runProgram } from './program.js';

// Whoever reads the output has seen enough (`reknit list | head`); what was written is committed already.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), process.env);
// Input that was not read to its end would keep the process alive.
process.stdin.destroy();
