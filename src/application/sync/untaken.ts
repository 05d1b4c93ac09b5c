/**
 * Own events that a remote does not take, without telling everyone: what a token that may only read hands in, for one.
 *
 * Nothing is decided about them (R9): they stay in the state, their numbers stay open at the remote, and nothing that
 * this replica wrote after them gets past. So they are remembered with the remote's reason, durably and for every
 * process that shares the data, until the remote takes them; the reason is what somebody can do something about.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { ReplicaId } from '../../domain/events/event.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { EventStore } from '../ports/event-store.js';
import type { Remote } from '../ports/remote.js';
import type { RejectedOwnEvent } from '../refusals/refusals.js';
import type { RefusedEvent } from './status.js';

/** Why a remote does not take an event, and since when. */
export interface UntakenReason {
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

/** By number of this replica, in their order. */
export type UntakenEvents = ReadonlyMap<number, UntakenReason>;

/** As it is written down: numbers with one reason next to each other are one range. */
interface Written {
  readonly replicaId: string;
  readonly by: string;
  readonly reasons: readonly UntakenReason[];
  readonly ranges: readonly (readonly [from: number, to: number, reason: number])[];
}

interface Found {
  readonly by: string;
  readonly replicaId: ReplicaId;
  readonly events: UntakenEvents;
}

/** Under the address where there is one: a process that stands by knows it without greeting anybody. */
export const untakenKey = (remote: Remote, remoteId: string | undefined): string | undefined => {
  const place = remote.address ?? remoteId;
  return place === undefined ? undefined : `untaken ${place}`;
};

export const writtenUntaken = (replicaId: string, by: string, events: UntakenEvents): string => {
  if (events.size === 0) return '';
  const reasons: UntakenReason[] = [];
  const places = new Map<string, number>();
  const ranges: [from: number, to: number, reason: number][] = [];
  for (const [seq, given] of [...events].sort(([a], [b]) => a - b)) {
    const name = `${given.code} ${given.message}`;
    let place = places.get(name);
    if (place === undefined) {
      place = reasons.push(given) - 1;
      places.set(name, place);
    }
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1 && last[2] === place) last[1] = seq;
    else ranges.push([seq, seq, place]);
  }
  const written: Written = { replicaId, by, reasons, ranges };
  return JSON.stringify(written);
};

/** Nothing of another id that this replica once had: under a new one, what it wrote has other numbers. */
export const readUntaken = async (store: EventStore, key: string | undefined): Promise<Found | undefined> => {
  const text = key === undefined ? undefined : await store.readCursor(key);
  if (text === undefined || text === '') return undefined;
  const { replicaId, by, reasons, ranges } = JSON.parse(text) as Written;
  const { replica } = await store.facts();
  if (replica?.replicaId !== replicaId) return undefined;
  const events = new Map<number, UntakenReason>();
  for (const [from, to, place] of ranges) {
    const reason = reasons[place];
    if (reason === undefined) continue;
    for (let seq = from; seq <= to; seq += 1) events.set(seq, reason);
  }
  return { by, replicaId: replica.replicaId, events };
};

/** How far the remote has own events, as it said last. */
type HeldSeq = (own: ReplicaId) => Promise<number>;

/** Those that have not come to the remote by another way meanwhile. */
export const listUntaken = async (
  store: EventStore,
  key: string | undefined,
  heldSeq: HeldSeq,
): Promise<readonly RefusedEvent[]> => {
  const found = await readUntaken(store, key);
  if (found === undefined) return [];
  const held = await heldSeq(found.replicaId);
  return [...found.events].flatMap(([seq, { code, message }]) =>
    seq > held ? [{ dot: dotOf(found.replicaId, seq), code, message }] : [],
  );
};

/** Events asked for in one call of the store. */
const findMax = 1_000;

/** The same with their events, as they are listed beside those that were refused for good. */
export const untakenEvents = async (
  store: EventStore,
  key: string | undefined,
  heldSeq: HeldSeq,
): Promise<readonly RejectedOwnEvent[]> => {
  const found = await readUntaken(store, key);
  const listed = await listUntaken(store, key, heldSeq);
  const events: RejectedOwnEvent[] = [];
  for (let start = 0; start < listed.length; start += findMax) {
    const dots = listed.slice(start, start + findMax).map(({ dot }) => dot);
    for (const { sealed, place } of await store.findEvents({ dots })) {
      const reason = found?.events.get(sealed.event.seq);
      if (found === undefined || reason === undefined || place === 'refused') continue;
      const { event, dot } = sealed;
      const { by } = found;
      events.push({ eventId: event.eventId, dot, ...reason, event, by, isRetrying: false, isPublished: false });
    }
  }
  return events.sort((a, b) => a.event.seq - b.event.seq);
};

/** What the status says while there are some. */
export const untakenError = (refused: readonly RefusedEvent[]): ReknitError | undefined => {
  const [first] = refused;
  if (first === undefined) return undefined;
  return new ReknitError(
    first.code,
    `the remote does not take what was written here, ${refused.length} events from ${first.dot} on (${first.message}): ` +
      'they stay, and are offered again',
    { refused },
  );
};
