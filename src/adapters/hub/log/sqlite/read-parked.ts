/** What waits in a hub's file, as its operator sees it (H17). */
import type { HubLog, HubParked, HubParkedChoice } from '../../../../application/ports/hub-log.js';
import type { ContentHash, Dot, ReknitEvent, SealedEvent } from '../../../../domain/events/event.js';
import { appendTo } from '../../../../domain/shared/append-to.js';
import { hashText } from '../../../sqlite-file/hash-bytes.js';
import type { HubBase } from './hub-base.js';

type ParkedRow = readonly [
  n: number,
  dot: Dot,
  hash: ContentHash,
  since: string,
  bytes: number,
  isBeyondGap: number,
  content: string,
];

const parkedAfter = `SELECT p.n, p.dot, ${hashText('p.hash')}, p.since, p.bytes, p.seq > r.head, p.content
  FROM parked p CROSS JOIN replica r ON r.id = p.replica WHERE p.n > ? ORDER BY p.n LIMIT ?`;
const waitsOf = 'SELECT w.n, w.dot FROM json_each(?) j CROSS JOIN waits w ON w.n = j.value';

export const readParked = (
  { after, limit }: Parameters<HubLog['parked']>[0],
  { connection }: HubBase,
): Awaited<ReturnType<HubLog['parked']>> => {
  const rows = connection.rows<ParkedRow>(parkedAfter).all(after, limit + 1);
  const shown = rows.slice(0, limit);
  const waits = new Map<number, Dot[]>();
  const numbers = JSON.stringify(shown.map(([n]) => n));
  for (const [n, dot] of connection.rows<readonly [number, Dot]>(waitsOf).all(numbers)) appendTo(waits, n, dot);
  const items = shown.map(([place, dot, hash, since, bytes, isBeyondGap, content]): HubParked => {
    const sealed = { event: JSON.parse(content) as ReknitEvent, dot, hash };
    return {
      place,
      sealed,
      since,
      bytes,
      reason: isBeyondGap === 0 ? 'parents' : 'gap',
      waits: waits.get(place) ?? [],
    };
  });
  return { items, more: rows.length > limit };
};

const chosenByDot = `SELECT p.dot, ${hashText('p.hash')}, p.content
  FROM parked p WHERE p.dot IN (SELECT value FROM json_each(?)) ORDER BY p.n LIMIT ?`;
const chosenByAge = `SELECT p.dot, ${hashText('p.hash')}, p.content FROM parked p WHERE p.since < ? ORDER BY p.n LIMIT ?`;

export const chosenParked = (
  choice: HubParkedChoice,
  limit: number,
  { connection }: HubBase,
): readonly SealedEvent[] => {
  const [text, value] = 'dots' in choice ? [chosenByDot, JSON.stringify(choice.dots)] : [chosenByAge, choice.before];
  return connection
    .rows<readonly [Dot, ContentHash, string]>(text)
    .all(value, limit)
    .map(([dot, hash, content]) => ({ event: JSON.parse(content) as ReknitEvent, dot, hash }));
};
