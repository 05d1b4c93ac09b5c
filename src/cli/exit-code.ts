/**
 * What the program answers to the shell: everything is fine, the answer is no (conflicts are
 * pending, a verification failed, some input was refused), or the call itself is wrong.
 */
export const exitCodes = {
  fine: 0,
  no: 1,
  wrongCall: 2,
  /** Ended by Ctrl-C: 128 and the number of the signal, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
