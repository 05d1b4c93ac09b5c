/** Reknit: the fold of events that were checked and hashed before, as every replica holds them; that is stated apart. */
import { createRequire } from 'node:module';
import { contentAfter, eventsOfTrace, sealedOf } from '../../support/text-trace.js';
import type { TextSystem } from './text-system.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

export const reknit: TextSystem = {
  name: 'Reknit',
  version,
  prepare: (trace) => {
    const events = eventsOfTrace(trace);
    const sealed = sealedOf(events);
    return {
      bytes: events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)) + 1, 0),
      merge: () => contentAfter(sealed),
      expected: trace.endContent,
    };
  },
};
