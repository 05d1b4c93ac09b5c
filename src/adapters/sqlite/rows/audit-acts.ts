/**
 * The acts of an audit entry as they stand in the file. Nearly every entry says only that events were recorded,
 * received, offered or synced: that takes a few bytes, a third of its JSON. What says anything else is JSON.
 *
 *     acts    = act*
 *     act     = tag, count as LEB128, rest
 *     rest    = the digest, 32 bytes      of what was recorded or received
 *             | length, text in UTF-8     of a remote
 */
import type { AuditAct } from '../../../domain/audit/audit-act.js';
import { actsText } from '../../../domain/audit/audit-chain.js';
import { invariant } from '../../../domain/shared/invariant.js';

/** Tags are never given another meaning. */
const tags = { EventsRecorded: 1, EventsReceived: 2, EventsOffered: 3, EventsSynced: 4 } as const;
type ShortType = keyof typeof tags;
const typeOfTag = new Map<number, ShortType>(Object.entries(tags).map(([type, tag]) => [tag, type as ShortType]));

const digestBytes = 32;
const remoteBytesMax = 255;
const digestForm = /^[0-9a-f]{64}$/;

/** What is stored for these acts. */
export const actsToStored = (acts: readonly AuditAct[]): string | Buffer => {
  const parts: Buffer[] = [];
  for (const act of acts) {
    const part = shortFormOf(act);
    if (part === undefined) return actsText({ acts });
    parts.push(part);
  }
  return parts.length === 0 ? actsText({ acts }) : Buffer.concat(parts);
};

/** @throws where it cannot be what was written */
export const actsFromStored = (stored: unknown): readonly AuditAct[] => {
  if (typeof stored === 'string') return JSON.parse(stored) as readonly AuditAct[];
  invariant(stored instanceof Uint8Array && stored.length > 0, 'acts of the audit trail are torn');
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const acts: AuditAct[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = typeOfTag.get(bytes[at] ?? 0);
    const [count, end] = readCount(bytes, at + 1);
    const hasDigest = type === 'EventsRecorded' || type === 'EventsReceived';
    const from = hasDigest ? end : end + 1;
    const to = from + (hasDigest ? digestBytes : (bytes[end] ?? 0));
    invariant(type !== undefined && to <= bytes.length, 'acts of the audit trail are torn');
    const rest = bytes.toString(hasDigest ? 'hex' : 'utf8', from, to);
    acts.push(actOf(type, count, rest));
    at = to;
  }
  return acts;
};

const actOf = (type: ShortType, count: number, rest: string): AuditAct => {
  switch (type) {
    case 'EventsRecorded':
    case 'EventsReceived':
      return { type, count, digest: rest };
    case 'EventsOffered':
      return { type, upTo: count, to: rest };
    case 'EventsSynced':
      return { type, count, with: rest };
  }
};

/** Undefined for what would not come back exactly as it is: a damaged entry is taken over with whatever it holds. */
const shortFormOf = (act: AuditAct): Buffer | undefined => {
  switch (act.type) {
    case 'EventsRecorded':
    case 'EventsReceived': {
      const { type, count, digest, ...others } = act;
      return isShort(count, digest, others) && digestForm.test(digest)
        ? Buffer.from([tags[type], ...countBytes(count), ...Buffer.from(digest, 'hex')])
        : undefined;
    }
    case 'EventsOffered': {
      const { type, upTo, to, ...others } = act;
      return isShort(upTo, to, others) ? withRemote(tags[type], upTo, to) : undefined;
    }
    case 'EventsSynced': {
      const { type, count, with: remote, ...others } = act;
      return isShort(count, remote, others) ? withRemote(tags[type], count, remote) : undefined;
    }
    default:
      return undefined;
  }
};

const isShort = (count: unknown, rest: unknown, others: object): boolean =>
  Number.isSafeInteger(count) && (count as number) >= 0 && typeof rest === 'string' && Object.keys(others).length === 0;

const withRemote = (tag: number, count: number, remote: string): Buffer | undefined => {
  const text = Buffer.from(remote, 'utf8');
  // A text that is not well formed comes back as another one.
  return text.length > remoteBytesMax || text.toString('utf8') !== remote
    ? undefined
    : Buffer.from([tag, ...countBytes(count), text.length, ...text]);
};

/** Seven bits a byte, the lowest first; a set eighth says that more follow. Divided, since a count has up to 53 bits. */
const countBytes = (count: number): readonly number[] => {
  const bytes: number[] = [];
  let left = count;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return [...bytes, left];
};

const readCount = (bytes: Buffer, from: number): readonly [count: number, end: number] => {
  let count = 0;
  let scale = 1;
  for (let at = from; at < bytes.length; at += 1, scale *= 128) {
    const byte = bytes[at] ?? 0;
    count += (byte % 128) * scale;
    if (byte < 128) return [count, at + 1];
  }
  return [count, bytes.length + 1];
};
