/**
 * Answers what admission asks: each question is one query, or two where something waits, however many
 * dots it names; but for ancestors, which are walked one by one. Lists are handed over as JSON, which SQLite reads as a table.
 */
import {
  ancestorsBy,
  type AuthorFacts,
  type AuthorsAnswer,
  type HeldDot,
  type HubAnswers,
  type HubKnowledge,
  type HubQuestion,
  type OwnEvent,
  type WaitingEvent,
  type WaitingNumber,
} from '../../../../application/hub/questions.js';
import { parseDot } from '../../../../domain/causality/dot.js';
import type { ContentHash, Dot, ReknitEvent } from '../../../../domain/events/event.js';
import type { ResourceKey } from '../../../../domain/resource/resource-key.js';
import { appendTo } from '../../../../domain/shared/append-to.js';
import { hashText } from '../../../sqlite-file/hash-bytes.js';
import type { HubBase } from './hub-base.js';
import { kinds, retries } from './schema.js';

type Question<Type extends HubQuestion['type']> = Extract<HubQuestion, { readonly type: Type }>;

export const knowledgeOf = (base: HubBase): HubKnowledge => ({
  authors: (question) => authors(question, base),
  waiting: (question) => waiting(question, base),
  dots: (question) => dots(question, base),
  own_past: (question) => ownPast(question, base),
  ancestors: (question) => ancestors(question, base),
});

const totals = 'SELECT (SELECT max(position) FROM entry), parked_events, parked_bytes FROM meta';
const headsOf = 'SELECT r.replica_id, r.head FROM json_each(?) j CROSS JOIN replica r ON r.replica_id = j.value';
const beyondOf = `SELECT DISTINCT r.replica_id, e.seq FROM json_each(?) j CROSS JOIN replica r ON r.replica_id = j.value
  CROSS JOIN entry e ON e.replica = r.id AND e.seq > r.head`;
const waitingOf = `SELECT r.replica_id, p.seq, ${hashText('p.hash')}, p.resource, p.bytes,
    p.is_retry <> ${retries.none} OR p.refusal IS NOT NULL, p.is_retry = ${retries.held}
  FROM json_each(?) j CROSS JOIN replica r ON r.replica_id = j.value CROSS JOIN parked p ON p.replica = r.id
  ORDER BY p.n`;

/** Always the first question of an admission. */
const authors = ({ replicaIds }: Question<'authors'>, { connection, resources, recent }: HubBase): AuthorsAnswer => {
  const [headPosition, events, bytes] = connection.rows<readonly [number | null, number, number]>(totals).get() ?? [
    0, 0, 0,
  ];
  recent.alignTo(headPosition ?? 0);
  const names = JSON.stringify(replicaIds);
  const known = new Map<string, AuthorFacts & { readonly beyond: number[]; readonly waiting: WaitingNumber[] }>();
  for (const [replicaId, head] of connection.rows<readonly [string, number]>(headsOf).all(names))
    known.set(replicaId, { head, beyond: [], waiting: [] });
  for (const [replicaId, seq] of connection.rows<readonly [string, number]>(beyondOf).all(names))
    known.get(replicaId)?.beyond.push(seq);
  if (events > 0)
    for (const [replicaId, seq, hash, resource, itsBytes, isAside, wasHeld] of connection
      .rows<readonly [string, number, string, number, number, number, number]>(waitingOf)
      .all(names))
      known.get(replicaId)?.waiting.push({
        seq,
        hash,
        resource: resources.textOf(resource) as ResourceKey,
        bytes: itsBytes,
        isAside: isAside !== 0,
        wasHeld: wasHeld !== 0,
      });
  return { headPosition: headPosition ?? 0, parked: { events, bytes }, authors: known };
};

const waitingFor = `WITH RECURSIVE released(n) AS (
    SELECT w.n FROM json_each(?) j CROSS JOIN waits w ON w.dot = j.value
    UNION SELECT w.n FROM released r CROSS JOIN parked p ON p.n = r.n CROSS JOIN waits w ON w.dot = p.dot
  ),
  found(n) AS (
    SELECT n FROM released UNION SELECT p.n FROM json_each(?) j CROSS JOIN parked p ON p.dot = j.value
  )
  SELECT p.n, p.dot, ${hashText('p.hash')}, p.is_retry, p.refusal, p.content
  FROM found f CROSS JOIN parked p ON p.n = f.n ORDER BY p.n`;
const waitsOf = 'SELECT w.n, w.dot FROM json_each(?) j CROSS JOIN waits w ON w.n = j.value';

type ParkedRow = readonly [
  n: number,
  dot: Dot,
  hash: ContentHash,
  isRetry: number,
  refusal: string | null,
  content: string,
];

const waiting = ({ under, for: wanted }: Question<'waiting'>, { connection }: HubBase): readonly WaitingEvent[] => {
  const rows = connection.rows<ParkedRow>(waitingFor).all(JSON.stringify(wanted), JSON.stringify(under));
  if (rows.length === 0) return [];
  const waits = new Map<number, Dot[]>();
  const numbers = JSON.stringify(rows.map(([n]) => n));
  for (const [n, dot] of connection.rows<readonly [number, Dot]>(waitsOf).all(numbers)) appendTo(waits, n, dot);
  return rows.map(([n, dot, hash, isRetry, refusal, content]) => ({
    sealed: { event: JSON.parse(content) as ReknitEvent, dot, hash },
    isRetry: isRetry !== retries.none,
    wasHeld: isRetry === retries.held,
    waits: waits.get(n) ?? [],
    ...(refusal === null ? {} : { refusal: JSON.parse(refusal) as { code: string; message: string } }),
  }));
};

const heldUnder = `SELECT j.key, e.position, e.resource, e.kind, ${hashText('e.hash')},
    CASE e.kind WHEN ${kinds.refusal} THEN e.content END
  FROM json_each(?) j CROSS JOIN entry e ON e.replica = j.value ->> 0 AND e.seq = j.value ->> 1 ORDER BY e.position`;
const waitingUnder = `SELECT p.dot, ${hashText('p.hash')} FROM json_each(?) j CROSS JOIN parked p ON p.dot = j.value`;

type HeldRow = readonly [
  index: number,
  position: number,
  resource: number,
  kind: number,
  hash: string,
  refusal: string | null,
];

interface FoundDot extends HeldDot {
  readonly accepted: HeldDot['accepted'][number][];
  readonly refused: HeldDot['refused'][number][];
  readonly waiting: string[];
}

const dots = (question: Question<'dots'>, base: HubBase): ReadonlyMap<Dot, HeldDot> => {
  const { connection, resources, recent } = base;
  const isAnythingParked = (connection.values<number>('SELECT parked_events FROM meta').get() ?? 0) > 0;
  const found = new Map<Dot, FoundDot>();
  const at = (dot: Dot): FoundDot => {
    const known = found.get(dot);
    if (known !== undefined) return known;
    const held: FoundDot = { accepted: [], refused: [], waiting: [] };
    found.set(dot, held);
    return held;
  };
  const unknown: Dot[] = [];
  for (const dot of question.dots) {
    const content = isAnythingParked ? undefined : recent.heldUnder(dot);
    if (content === undefined) unknown.push(dot);
    else found.set(dot, { accepted: [content], refused: [], waiting: [] });
  }
  if (unknown.length === 0) return found;
  const [asked, text] = numbered(unknown, base);
  for (const [index, position, resource, kind, hash, refusal] of connection.rows<HeldRow>(heldUnder).all(text)) {
    const dot = asked[index];
    if (dot === undefined) continue;
    if (kind === kinds.refusal) {
      const { code, message } = JSON.parse(refusal ?? '{}') as { code: string; message: string };
      at(dot).refused.push({ hash, position, code, message });
    } else at(dot).accepted.push({ hash, position, resource: resources.textOf(resource) as ResourceKey });
  }
  if (isAnythingParked)
    for (const [dot, hash] of connection.rows<readonly [Dot, string]>(waitingUnder).all(JSON.stringify(question.dots)))
      at(dot).waiting.push(hash);
  return found;
};

const lastOwn = `SELECT j.key, e.position, e.seq
  FROM json_each(?) j CROSS JOIN entry e ON e.position = (
    SELECT o.position FROM entry o INDEXED BY entry_own
    WHERE o.kind = ${kinds.event} AND o.resource = j.value ->> 0 AND o.replica = j.value ->> 1 AND o.seq < j.value ->> 2
    ORDER BY o.seq DESC LIMIT 1)`;

const ownPast = (
  { of }: Question<'own_past'>,
  { connection, replicas, resources, recent }: HubBase,
): readonly (OwnEvent | undefined)[] => {
  const answers: (OwnEvent | undefined)[] = of.map(() => undefined);
  const asked: number[] = [];
  const rows: (readonly [number, number, number])[] = [];
  of.forEach(({ replicaId, resource, before }, index) => {
    const known = recent.lastOwn(replicaId, resource, before);
    if (known !== undefined) {
      answers[index] = known;
      return;
    }
    const [resourceNumber, replica] = [resources.find(resource), replicas.find(replicaId)];
    if (resourceNumber === undefined || replica === undefined) return;
    asked.push(index);
    rows.push([resourceNumber, replica, before]);
  });
  if (rows.length === 0) return answers;
  for (const [row, position, seq] of connection
    .rows<readonly [number, number, number]>(lastOwn)
    .all(JSON.stringify(rows))) {
    const index = asked[row] ?? -1;
    answers[index] = { seq, position, dot: `${of[index]?.replicaId ?? ''}:${seq}` as Dot };
  }
  return answers;
};

const parentsUnder = `SELECT position, resource, content ->> '$.parents' FROM entry
  WHERE replica = ? AND seq = ? AND kind <> ${kinds.refusal}`;

const ancestors = (
  question: Question<'ancestors'>,
  { connection, replicas, resources }: HubBase,
): HubAnswers['ancestors'] => {
  const under = connection.rows<readonly [number, number, string]>(parentsUnder);
  return ancestorsBy(question, (dot) => {
    const parts = parseDot(dot);
    const replica = parts === undefined ? undefined : replicas.find(parts.replicaId);
    if (parts === undefined || replica === undefined) return [];
    return under.all(replica, parts.seq).map(([position, resource, parents]) => ({
      position,
      resource: resources.textOf(resource) as ResourceKey,
      parents: JSON.parse(parents) as readonly Dot[],
    }));
  });
};

/** Dots of replicas that the file knows, with the same as a JSON list of number pairs. */
const numbered = (all: readonly Dot[], { replicas }: HubBase): readonly [asked: readonly Dot[], text: string] => {
  const asked: Dot[] = [];
  const pairs: string[] = [];
  for (const dot of all) {
    const parts = parseDot(dot);
    const replica = parts === undefined ? undefined : replicas.find(parts.replicaId);
    if (parts === undefined || replica === undefined) continue;
    asked.push(dot);
    pairs.push(`[${replica},${parts.seq}]`);
  }
  return [asked, `[${pairs.join(',')}]`];
};
