/** What a call of the program is given besides its words; a test gives its own, and starts no process. */
import type { Readable, Writable } from 'node:stream';

export type Stream = Writable & { readonly isTTY?: boolean };

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
}

export interface Surroundings {
  readonly input: AsyncIterable<Uint8Array>;
  readonly output: Stream;
  readonly errors: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a person sits at both ends; missing where input or output is a file or a pipe. */
  readonly terminal?: Terminal | undefined;
  /** Aborted by Ctrl-C. */
  readonly interruption: AbortSignal;
}
