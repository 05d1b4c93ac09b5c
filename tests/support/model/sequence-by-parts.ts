/**
 * The slow replay of a long text, part by part. It takes the square of the length, so it starts anew from the plain
 * text wherever an event has seen all before it and everything later has seen that event: then nobody can tell the
 * text from one that was just created so. What stands before and behind all that a part touches is left out too.
 *
 * For histories of one field whose replicas have always seen what they wrote themselves, so that what an event has seen
 * is a number for each replica.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';
import { dotOf } from './order.js';
import { createReplay } from './sequence.js';

type Seen = ReadonlyMap<string, number>;
type Splices = readonly (readonly [index: number, deleteCount: number, inserted: string])[];

/** For each of the events, which stand in an order of ancestry, a way to ask for the text after it; the first creates it empty. */
export function* textsOf(events: readonly ReknitEvent[], field: string): Generator<() => string, undefined> {
  const seen = seenBy(events);
  const isEnd = endsOf(events, seen);
  const [first, ...others] = events as readonly [ReknitEvent, ...ReknitEvent[]];
  let text = '';
  yield () => text;
  for (let start = 0; start < others.length;) {
    let end = start;
    while (isEnd[end + 1] !== true && end < others.length - 1) end += 1;
    const part = others.slice(start, end + 1);
    start = end + 1;
    const splices = part.flatMap((event) => splicesIn(event, field));
    if (part.length === 1) {
      // Its author saw the text as it is.
      for (const [at, count, inserted] of splices) text = text.slice(0, at) + inserted + text.slice(at + count);
      yield () => text;
      continue;
    }
    // Everyone has seen what is before the smallest position, and nobody moves it; one character stays, as a neighbour.
    const offset = Math.max(0, Math.min(text.length, ...splices.map(([at]) => at)) - 1);
    const before = text.slice(0, offset);
    // Nothing stands further to the left for anyone than all deletions together can move it.
    const gone = splices.reduce((sum, [, count]) => sum + count, 0);
    const reach = Math.max(...splices.map(([at, count]) => at + count)) + gone + 1;
    const after = text.slice(reach);
    const replay = createReplay(field, 'text');
    const base = { ...first, payload: { [field]: text.slice(offset, reach) } } as ReknitEvent;
    replay.add(base, () => false);
    for (const event of part) {
      const past = seen.get(dotOf(event)) as Seen;
      const hadSeen = (other: ReknitEvent): boolean => other === base || (past.get(other.replicaId) ?? 0) >= other.seq;
      replay.add(moved(event, field, offset), hadSeen);
      yield () => before + (replay.shown() as string) + after;
    }
    text = before + (replay.shown() as string) + after;
  }
  return undefined;
}

const splicesIn = ({ payload }: ReknitEvent, field: string): Splices => {
  const value: Json | undefined = payload?.[field];
  return typeof value === 'object' && value !== null ? ((value as { readonly $splice: Splices }).$splice ?? []) : [];
};

const moved = (event: ReknitEvent, field: string, offset: number): ReknitEvent => ({
  ...event,
  payload: {
    [field]: { $splice: splicesIn(event, field).map(([at, count, inserted]) => [at - offset, count, inserted]) },
  },
});

/** How far along each replica an event's author had seen. */
const seenBy = (events: readonly ReknitEvent[]): ReadonlyMap<string, Seen> => {
  const all = new Map<string, Seen>();
  for (const event of events) {
    const past = new Map<string, number>();
    for (const parent of event.parents) {
      for (const [replicaId, seq] of all.get(parent) ?? [])
        past.set(replicaId, Math.max(seq, past.get(replicaId) ?? 0));
      const colon = parent.lastIndexOf(':');
      const replicaId = parent.slice(0, colon);
      past.set(replicaId, Math.max(Number(parent.slice(colon + 1)), past.get(replicaId) ?? 0));
    }
    all.set(dotOf(event), past);
  }
  return all;
};

/** For each event whether it has seen all before it, and all after it have seen it. */
const endsOf = (events: readonly ReknitEvent[], seen: ReadonlyMap<string, Seen>): readonly boolean[] => {
  const hasSeen = (event: ReknitEvent, counts: Seen): boolean =>
    [...counts].every(([replicaId, seq]) => (seen.get(dotOf(event))?.get(replicaId) ?? 0) >= seq);
  const counts = new Map<string, number>();
  const sawAll = events.map((event) => {
    const saw = hasSeen(event, counts);
    counts.set(event.replicaId, event.seq);
    return saw;
  });
  /** What everything later has seen at least. */
  const later = new Map(counts);
  const ends: boolean[] = [];
  for (let place = events.length - 1; place >= 0; place -= 1) {
    const event = events[place] as ReknitEvent;
    ends[place] = sawAll[place] === true && (later.get(event.replicaId) ?? 0) >= event.seq;
    for (const replicaId of counts.keys())
      later.set(replicaId, Math.min(later.get(replicaId) ?? 0, seen.get(dotOf(event))?.get(replicaId) ?? 0));
  }
  return ends;
};
