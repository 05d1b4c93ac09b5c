/** What a call of the program is given besides its words; a test gives its own, and starts no process. */
import type { Writable } from 'node:stream';

export type Stream = Writable & { readonly isTTY?: boolean };

export interface Surroundings {
  readonly input: AsyncIterable<Uint8Array>;
  readonly output: Stream;
  readonly errors: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly interruption: AbortSignal;
}
