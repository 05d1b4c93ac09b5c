/**
 * Parts of the built package that are no entry points of it, and that a bench needs apart: the reading of a bundle,
 * and the fold of events that were checked before. They are loaded by path when the bench runs, so that nothing has
 * to be built for the benches to be compiled or checked.
 */
import { hash } from 'node:crypto';
import type { EventError, FoldedEvents, Policy, Result, SealedEvent, Sha256 } from 'reknit';

export interface BundleLine {
  readonly line: number;
  readonly result: Result<SealedEvent, EventError>;
}

interface Parts {
  readonly readBundle: (file: string, options: { readonly sha256: Sha256 }) => AsyncIterable<readonly BundleLine[]>;
  readonly foldSealed: (events: readonly SealedEvent[], policy: Policy, sha256: Sha256) => FoldedEvents;
}

const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}`, import.meta.url).href);

export const { readBundle } = (await built('adapters/remote/bundle/index.js')) as Pick<Parts, 'readBundle'>;
export const { foldSealed } = (await built('domain/merge/fold-events.js')) as Pick<Parts, 'foldSealed'>;

/** What a replica hashes with on this platform. */
export const sha256: Sha256 = (text) => hash('sha256', text, 'hex');

/** The first events of a bundle, or all; one that is refused is an error here. */
export const sealedEventsIn = async (file: string, eventsMax = Infinity): Promise<readonly SealedEvent[]> => {
  const events: SealedEvent[] = [];
  for await (const lines of readBundle(file, { sha256 })) {
    for (const { line, result } of lines) {
      if (!result.ok) throw new Error(`line ${line}: ${result.error.message}`);
      events.push(result.value);
    }
    if (events.length >= eventsMax) break;
  }
  return events.slice(0, eventsMax);
};
