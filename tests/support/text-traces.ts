/** Published histories of concurrent editing as events on one resource. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { Json } from '../../src/domain/shared/json.js';
import { eventOf } from './histories/event-builder.js';
import { dotOf } from './model/order.js';

type Operation = readonly [index: number, deleteCount: number, inserted: string];

interface ConformanceHistory {
  readonly txns: readonly {
    readonly agent: string;
    readonly seqStart: number;
    readonly span: readonly [from: number, to: number];
    readonly parents: readonly number[];
    readonly ops: readonly Operation[];
  }[];
  readonly endContent: string;
}

interface ConcurrentTrace {
  readonly txns: readonly {
    readonly parents: readonly number[];
    readonly agent: number;
    readonly patches: readonly Operation[];
  }[];
  readonly endContent: string;
}

export interface TextTrace {
  readonly events: readonly ReknitEvent[];
  readonly endContent: string;
}

export const documentResource = { resourceType: 'document', resourceId: 'one' };

const parsed = (path: string): unknown => JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'));

/** The field `content`, created empty; a change of it from each transaction, whose author is a replica of its own. */
export const conformanceTraces = (path: string, kind: 'list' | 'text'): readonly TextTrace[] =>
  (parsed(path) as readonly ConformanceHistory[]).map(({ txns, endContent }) => {
    const contentOf = (text: string): Json => (kind === 'text' ? text : text.split(''));
    const root = eventOf('!:1', 'create', { content: contentOf('') }, [], { resource: documentResource });
    const events: ReknitEvent[] = [];
    for (const { agent, seqStart, parents, ops } of txns) {
      const seen = parents.map(
        (position) => events[txns.findIndex(({ span }) => position >= span[0] && position < span[1])],
      );
      events.push(
        eventOf(
          `${agent}-${String(seqStart).padStart(6, '0')}:1`,
          'update',
          {
            content: {
              $splice: ops.map(([index, deleteCount, inserted]) => [index, deleteCount, contentOf(inserted)]),
            },
          },
          seen.length === 0 ? [root] : [...new Set(seen.flatMap((event) => event ?? []))],
          { resource: documentResource },
        ),
      );
    }
    return { events: [root, ...events], endContent };
  });

/** The same of a trace whose agents are replicas, each of which has always seen what it wrote. */
export const concurrentTrace = (path: string): TextTrace => {
  const { txns, endContent } = parsed(path) as ConcurrentTrace;
  const root = eventOf('!:1', 'create', { content: '' }, [], { resource: documentResource });
  const counts = new Map<number, number>();
  const events: ReknitEvent[] = [];
  for (const { parents, agent, patches } of txns) {
    const seq = (counts.get(agent) ?? 0) + 1;
    counts.set(agent, seq);
    events.push(
      eventOf(
        `agent-${agent}:${seq}`,
        'update',
        { content: { $splice: patches } },
        parents.length === 0 ? [root] : parents.map((parent) => dotOf(events[parent] as ReknitEvent)),
        { resource: documentResource, atMs: events.length },
      ),
    );
  }
  return { events: [root, ...events], endContent };
};
