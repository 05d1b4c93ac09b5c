/** "friendsforever": two people typing one text, one transaction a keystroke (CC BY 4.0, from josephg/editing-traces). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { defineResource, definePolicy, parseEvent, text, type Policy, type SealedEvent } from 'reknit';
import { foldSealed, sha256 } from './package-parts.js';
import { sharedData } from './workspace.js';

export type Patch = readonly [index: number, deleteCount: number, inserted: string];

export interface Trace {
  readonly endContent: string;
  readonly txns: readonly {
    readonly agent: number;
    /** Places of other transactions: all that its author had seen are these, and what those had seen. */
    readonly parents: readonly number[];
    readonly patches: readonly Patch[];
  }[];
}

/** Undefined where the data is not there; that is told then. */
export const readTrace = (): Trace | undefined => {
  const path = sharedData('friendsforever.json.gz');
  return path === undefined ? undefined : (JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Trace);
};

export const textPolicy: Policy = definePolicy({
  name: 'texts',
  version: 1,
  resources: [defineResource('document', { version: 1, fields: { content: text() } })],
});

export const textEvent = (
  replicaId: string,
  seq: number,
  operation: string,
  parents: readonly string[],
  content: unknown,
): object => ({
  eventId: `${replicaId}-${seq}`,
  replicaId,
  seq,
  agentId: replicaId,
  resourceType: 'document',
  resourceId: 'one',
  operation,
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: 0,
  parents,
  payload: { content },
  schemaVersion: 1,
});

/** A text created empty, and then an event for each transaction. */
export const eventsOfTrace = ({ txns }: Trace): readonly object[] => {
  const counts = [0, 0];
  const dots: string[] = [];
  const events = [textEvent('root', 1, 'create', [], '')];
  for (const { agent, parents, patches } of txns) {
    const seq = (counts[agent] ?? 0) + 1;
    counts[agent] = seq;
    dots.push(`agent-${agent}:${seq}`);
    const seen = parents.length === 0 ? ['root:1'] : parents.map((parent) => dots[parent] ?? '');
    events.push(textEvent(`agent-${agent}`, seq, 'update', seen, { $splice: patches }));
  }
  return events;
};

/** Checked and hashed, as a replica does with what it receives. */
export const sealedOf = (events: readonly object[]): readonly SealedEvent[] =>
  events.map((event) => {
    const result = parseEvent(event, sha256);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  });

/** The text that the events make. */
export const contentAfter = (events: readonly SealedEvent[]): unknown =>
  foldSealed(events, textPolicy, sha256).resources[0]?.view.fields['content'];
