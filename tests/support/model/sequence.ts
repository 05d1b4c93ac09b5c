/**
 * Lists and texts, slowly and obviously (R36): every item that was ever inserted stands in one
 * list, with the event that inserted it and all that deleted it. What an author saw are the items
 * that its past holds and did not delete, so positions are counted anew for every single item.
 *
 * Where concurrent insertions meet, the order is that of YjsMod, which is FugueMax (Weidner and
 * Kleppmann, "The Art of the Fugue"), as the reference implementation of the event graph walker
 * has it, with ties by R1.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';
import { byDot, dotOf } from './order.js';
import { hasSeen, type ResourceHistory } from './resource-history.js';

interface Item {
  readonly by: ReknitEvent;
  /** The how-manieth that its event inserted. */
  readonly place: number;
  readonly left: Item | undefined;
  readonly right: Item | undefined;
  readonly content: Json;
  readonly deletedBy: Set<ReknitEvent>;
}

type Splice = readonly [index: number, deleteCount: number, inserted: readonly Json[]];

export const sequenceOf = (
  history: ResourceHistory,
  field: string,
  kind: 'list' | 'text',
): { readonly value: Json; readonly invalid: boolean } => {
  const replay = createReplay(field, kind);
  for (const event of parentsFirst(history)) replay.add(event, (other) => hasSeen(history, event, other));
  const { misfits, clearing } = replay;
  return {
    value: replay.shown(),
    invalid: misfits.some((misfit) => !clearing.some((clear) => hasSeen(history, clear, misfit))),
  };
};

export interface SequenceReplay {
  /** Applies an event, after all that its author had seen. */
  readonly add: (event: ReknitEvent, hadSeen: (other: ReknitEvent) => boolean) => void;
  readonly shown: () => Json;
  readonly misfits: readonly ReknitEvent[];
  readonly clearing: readonly ReknitEvent[];
}

export const createReplay = (field: string, kind: 'list' | 'text'): SequenceReplay => {
  const items: Item[] = [];
  const misfits: ReknitEvent[] = [];
  const clearing: ReknitEvent[] = [];
  const add: SequenceReplay['add'] = (event, hadSeen) => {
    const value = Object.entries(event.payload ?? {}).find(([name]) => name === field)?.[1];
    if (value === undefined && event.operation !== 'create') return;
    const inPast = (other: ReknitEvent): boolean => other === event || hadSeen(other);
    const isDeleted = ({ deletedBy }: Item): boolean => deletedBy.size > 0 && [...deletedBy].some(inPast);
    const seen = items.filter((item) => inPast(item.by) && !isDeleted(item));
    const splices = splicesOf(
      value,
      event,
      kind,
      seen.map(({ content }) => content),
    );
    if (splices === 'misfit') misfits.push(event);
    if (event.operation === 'create' || (splices !== 'misfit' && isPlain(value, kind))) clearing.push(event);
    if (event.operation === 'create') for (const item of seen.splice(0)) item.deletedBy.add(event);
    let placed = 0;
    for (const [index, deleteCount, inserted] of splices === 'misfit' ? [] : splices) {
      for (const item of seen.splice(index, deleteCount)) item.deletedBy.add(event);
      for (const [offset, content] of inserted.entries()) {
        const left = index + offset === 0 ? undefined : seen[index + offset - 1];
        const item = insert(items, { by: event, place: placed, content, deletedBy: new Set() }, left, inPast);
        seen.splice(index + offset, 0, item);
        placed += 1;
      }
    }
  };
  const shown = (): Json => {
    const contents = items.filter(({ deletedBy }) => deletedBy.size === 0).map(({ content }) => content);
    return kind === 'text' ? (contents as string[]).join('') : contents;
  };
  return { add, shown, misfits, clearing };
};

const parentsFirst = (history: ResourceHistory): ReknitEvent[] => {
  const ordered: ReknitEvent[] = [];
  const open = new Set(history.events);
  while (open.size > 0)
    for (const event of open)
      if (![...open].some((other) => hasSeen(history, event, other))) {
        ordered.push(event);
        open.delete(event);
      }
  return ordered;
};

const isPlain = (value: Json | undefined, kind: 'list' | 'text'): boolean =>
  kind === 'text' ? typeof value === 'string' : Array.isArray(value);

/** A plain value takes out what is there and puts itself in its place. */
const splicesOf = (
  value: Json | undefined,
  { operation }: ReknitEvent,
  kind: 'list' | 'text',
  seen: readonly Json[],
): readonly Splice[] | 'misfit' => {
  if (value === undefined) return [];
  const itemsOf = (content: unknown): readonly Json[] | undefined => {
    if (kind === 'list') return Array.isArray(content) ? (content as Json[]) : undefined;
    return typeof content === 'string' ? content.split('') : undefined;
  };
  if (isPlain(value, kind)) return [[0, seen.length, itemsOf(value) ?? []]];
  if (operation === 'create' || typeof value !== 'object' || value === null) return 'misfit';
  if (Array.isArray(value) || Object.keys(value).join() !== '$splice') return 'misfit';
  const given: unknown = Object.values(value)[0];
  if (!Array.isArray(given)) return 'misfit';
  let now = [...seen];
  const splices: Splice[] = [];
  for (const splice of given as unknown[]) {
    if (!Array.isArray(splice) || splice.length !== 3) return 'misfit';
    const [index, deleteCount, content] = splice as [unknown, unknown, unknown];
    const inserted = itemsOf(content);
    if (inserted === undefined || !isCount(index) || !isCount(deleteCount)) return 'misfit';
    if (index + deleteCount > now.length) return 'misfit';
    if (kind === 'text' && [index, index + deleteCount].some((at) => splitsPair(now, at))) return 'misfit';
    now = [...now.slice(0, index), ...inserted, ...now.slice(index + deleteCount)];
    splices.push([index, deleteCount, inserted]);
  }
  return splices;
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const splitsPair = (units: readonly Json[], at: number): boolean =>
  at > 0 &&
  at < units.length &&
  /^[\ud800-\udbff][\udc00-\udfff]$/.test(`${units[at - 1] as string}${units[at] as string}`);

const insert = (
  items: Item[],
  item: Omit<Item, 'left' | 'right'>,
  left: Item | undefined,
  inPast: (event: ReknitEvent) => boolean,
): Item => {
  const leftAt = left === undefined ? -1 : items.indexOf(left);
  const right = items.find(({ by }, at) => at > leftAt && inPast(by));
  const placeOf = (other: Item | undefined, end: number): number => (other === undefined ? end : items.indexOf(other));
  const rightAt = placeOf(right, items.length);
  let destination = leftAt + 1;
  let isScanning = false;
  for (let at = destination; at < rightAt; at += 1) {
    const other = items[at] as Item;
    const otherLeftAt = placeOf(other.left, -1);
    if (otherLeftAt < leftAt) break;
    if (otherLeftAt === leftAt) {
      const otherRightAt = placeOf(other.right, items.length);
      if (otherRightAt === rightAt && isBefore(item, other)) break;
      isScanning = otherRightAt < rightAt;
    }
    if (!isScanning) destination = at + 1;
  }
  const placed: Item = { ...item, left, right };
  items.splice(destination, 0, placed);
  return placed;
};

const isBefore = (a: Pick<Item, 'by' | 'place'>, b: Pick<Item, 'by' | 'place'>): boolean =>
  byDot(dotOf(a.by), dotOf(b.by)) < 0 || (a.by === b.by && a.place < b.place);
