/** What others read of the log: entries from a position on, marks and heads. */
import type {
  HubCounts,
  HubEntry,
  HubFacts,
  HubHead,
  HubMark,
  HubPage,
  HubReadQuery,
} from '../../../../application/ports/hub-log.js';
import { dotOf } from '../../../../domain/causality/dot.js';
import type { ContentHash, Dot, ReknitEvent, ReplicaId, SealedEvent } from '../../../../domain/events/event.js';
import { refOfKey, type ResourceKey } from '../../../../domain/resource/resource-key.js';
import { hashText } from '../../../sqlite-file/hash-bytes.js';
import { beginning } from '../marks.js';
import type { HubBase } from './hub-base.js';
import { kinds } from './schema.js';

type EntryRow = readonly [
  position: number,
  replica: number,
  seq: number,
  resource: number,
  kind: number,
  hash: ContentHash,
  content: string,
];

const entriesAfter = `SELECT position, replica, seq, resource, kind, ${hashText('hash')}, content
  FROM entry WHERE position > ? ORDER BY position LIMIT ?`;
const eventsBeside = `SELECT position, replica, seq, resource, kind, ${hashText('hash')}, content
  FROM entry WHERE replica = ? AND seq = ? AND position < ? AND kind <> ${kinds.refusal} ORDER BY position`;
const arrivalsOf = `SELECT first_position, received_at FROM arrival
  WHERE first_position >= (SELECT max(first_position) FROM arrival WHERE first_position <= ?) AND first_position <= ?
  ORDER BY first_position`;

export const readEntries = (query: HubReadQuery, base: HubBase): HubPage => {
  const { after, limit, bytesMax } = query;
  const recent = base.recent.after(after, limit) ?? [];
  const end = endOf(base);
  const last = recent.at(-1)?.position ?? 0;
  // Where another process appended after that, the file has what would fill the page.
  return recent.length > 0 && (recent.length === limit || last === end)
    ? cutTo(recent, bytesMax, end)
    : readStored(query, base);
};

const cutTo = (found: readonly HubEntry[], bytesMax: number, end: number): HubPage => {
  let count = 0;
  for (let bytes = 0; count < found.length && (count === 0 || bytes < bytesMax); count += 1)
    bytes += charsOf(found[count]);
  const entries = count === found.length ? found : found.slice(0, count);
  return { entries, more: (entries.at(-1)?.position ?? 0) < end };
};

const charsOf = (entry: HubEntry | undefined): number => (entry?.type === 'event' ? (entry.canonical?.length ?? 0) : 0);

const readStored = ({ after, limit, bytesMax }: HubReadQuery, base: HubBase): HubPage => {
  const rows: EntryRow[] = [];
  let bytes = 0;
  // One more than wanted tells whether there is more.
  let more = false;
  for (const row of base.connection.rows<EntryRow>(entriesAfter).iterate(after, limit + 1)) {
    if (rows.length === limit || (rows.length > 0 && bytes >= bytesMax)) {
      more = true;
      break;
    }
    rows.push(row);
    bytes += row[4] === kinds.refusal ? 0 : row[6].length;
  }
  const [first, last] = [rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? 0];
  const arrivals = base.connection.rows<readonly [number, string]>(arrivalsOf).all(first, last);
  let arrival = 0;
  const entries = rows.map((row) => {
    while ((arrivals[arrival + 1]?.[0] ?? Infinity) <= row[0]) arrival += 1;
    return entryOf(row, arrivals[arrival]?.[1] ?? '', base);
  });
  return { entries, more };
};

const entryOf = (
  [position, replica, seq, resource, kind, hash, content]: EntryRow,
  receivedAt: string,
  base: HubBase,
): HubEntry => {
  const { replicas, resources } = base;
  const dot = dotOf(replicas.textOf(replica) as ReplicaId, seq);
  if (kind !== kinds.refusal) {
    const sealed = sealedOn(content, dot, hash);
    const aside = kind === kinds.eventAside ? { isAside: true, ...besideOf(position, replica, seq, base) } : {};
    return { type: 'event', position, sealed, canonical: content, ...aside, receivedAt };
  }
  const { eventId, code, message } = JSON.parse(content) as { eventId: string; code: string; message: string };
  const { resourceType, resourceId } = refOfKey(resources.textOf(resource) as ResourceKey);
  return {
    type: 'refusal',
    position,
    refusal: { dot, hash, eventId, resourceType, resourceId, code, message },
    receivedAt,
  };
};

/** Few events stand aside, and few under one dot. */
const besideOf = (
  position: number,
  replica: number,
  seq: number,
  base: HubBase,
): { readonly beside?: readonly (HubEntry & { readonly type: 'event' })[] } => {
  const rows = base.connection.rows<EntryRow>(eventsBeside).all(replica, seq, position);
  const beside = rows
    .map((row) => entryOf(row, receivedAtOf(row[0], base), base))
    .filter((entry) => entry.type === 'event');
  return beside.length === 0 ? {} : { beside };
};

const receivedAtOf = (position: number, { connection }: HubBase): string =>
  connection.rows<readonly [number, string]>(arrivalsOf).all(position, position)[0]?.[1] ?? '';

/** Who sends the text on as it stands need not parse it, and most need not. */
const sealedOn = (content: string, dot: Dot, hash: ContentHash): SealedEvent => {
  let event: ReknitEvent | undefined;
  return {
    get event() {
      return (event ??= JSON.parse(content) as ReknitEvent);
    },
    dot,
    hash,
  };
};

const tagAt = 'SELECT lower(hex(tag)) FROM arrival WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1';

export const endOf = ({ connection }: HubBase): number =>
  connection.values<number | null>('SELECT max(position) FROM entry').get() ?? 0;

export const readMark = (position: number, base: HubBase): HubMark | undefined => {
  if (position === 0) return { position, hash: beginning };
  if (!Number.isSafeInteger(position) || position < 0 || position > endOf(base)) return undefined;
  return { position, hash: base.connection.values<string>(tagAt).get(position) ?? beginning };
};

export const readFacts = (base: HubBase): HubFacts => {
  const [hubId, epoch] = base.connection.rows<readonly [string, string]>('SELECT hub_id, epoch FROM meta').get() ?? [
    '',
    '',
  ];
  const position = endOf(base);
  return { hubId, epoch, head: readMark(position, base) ?? { position, hash: beginning } };
};

const hashUnder = (seq: string): string => `coalesce(
    (SELECT ${hashText('hash')} FROM entry e WHERE e.replica = r.id AND e.seq = ${seq} ORDER BY e.position LIMIT 1),
    (SELECT ${hashText('hash')} FROM parked p WHERE p.replica = r.id AND p.seq = ${seq} ORDER BY p.n LIMIT 1))`;
const headsOf = `SELECT r.replica_id, r.head, ${hashUnder('r.head')},
    CASE WHEN j.value ->> 1 BETWEEN 1 AND r.head THEN ${hashUnder('j.value ->> 1')} END
  FROM json_each(?) j CROSS JOIN replica r ON r.replica_id = j.value ->> 0`;

export const readHeads = (
  replicaIds: readonly string[],
  at: readonly number[],
  { connection }: HubBase,
): ReadonlyMap<string, HubHead> => {
  const heads = new Map<string, HubHead>(replicaIds.map((replicaId) => [replicaId, { seq: 0, hash: undefined }]));
  const asked = JSON.stringify(replicaIds.map((replicaId, index) => [replicaId, at[index] ?? 0]));
  for (const [replicaId, seq, hash, hashAt] of connection
    .rows<readonly [string, number, string | null, string | null]>(headsOf)
    .all(asked))
    heads.set(replicaId, { seq, hash: hash ?? undefined, ...(hashAt === null ? {} : { hashAt }) });
  return heads;
};

export const readCounts = ({ connection }: HubBase): HubCounts => {
  const [events, refusals, parked, replicas] = connection
    .rows<readonly [number, number, number, number]>(
      'SELECT events, refusals, parked_events, (SELECT count(*) FROM replica WHERE head > 0) FROM meta',
    )
    .get() ?? [0, 0, 0, 0];
  return { events, refusals, parked, replicas };
};
