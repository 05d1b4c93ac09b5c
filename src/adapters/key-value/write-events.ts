/** Puts events into the log, parks them, takes them out, and gives them other dots. */
import type { Dot, ReknitEvent, SealedEvent } from '../../domain/events/event.js';
import type { ParkedEvent, VoidNode } from '../../domain/merge/loaded.js';
import type { EventStanding, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { deletesResource } from '../../domain/resource/deed.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { Draft } from './draft.js';
import { keys, type DotEntry, type DotRecord, type Standing } from './keys.js';
import { readPlaced } from './placed-events.js';

const movedBy = (work: UnitOfWork): readonly Dot[] => [
  ...work.unpark,
  ...(work.withdraw ?? []),
  ...(work.renamed ?? []).map(({ from }) => from),
];
const markedBy = (work: UnitOfWork): readonly Dot[] => [...work.standings.keys(), ...work.recount];

/** What the events of a unit of work stand beside, as far as the unit itself says. */
export const keysOfEvents = (work: UnitOfWork): readonly string[] => {
  const sealed = [
    ...[...work.append, ...work.park].map((entry) => entry.sealed),
    ...work.variants,
    ...(work.renamed ?? []).map((renamed) => renamed.sealed),
  ];
  const dots = [...movedBy(work), ...sealed.map(({ dot }) => dot), ...work.voids.map(({ dot }) => dot)];
  return [
    ...[...dots, ...markedBy(work)].map(keys.dot),
    ...sealed.map(({ event }) => keys.eventId(event.eventId)),
    ...work.voids.map((node) => keys.void(node, node.dot)),
  ];
};

/** Fetches what stands under dots that events leave, once `keysOfEvents` are fetched. */
export const fetchForEvents = async (work: UnitOfWork, draft: Draft): Promise<void> => {
  // Those that move are read whole, since they leave entries under their ids and parents.
  const movedEntries = [...movedBy(work), ...work.park.map((parked) => parked.sealed.dot)].flatMap((dot) =>
    entriesOf(dot, draft),
  );
  const placed = await readPlaced([...new Set(movedEntries.map(([position]) => position))], draft);
  await draft.fetch(placed.map(({ sealed: { event } }) => keys.eventId(event.eventId)));
  const others = [...work.voids.map(({ dot }) => dot), ...markedBy(work)].flatMap((dot) => entriesOf(dot, draft));
  await draft.fetch(
    others.map(([position, , , resourceType, resourceId]) => keys.standing({ resourceType, resourceId }, position)),
  );
};

const entriesOf = (dot: Dot, draft: Draft): readonly DotEntry[] => draft.read(keys.dot(dot))?.entries ?? [];

const entryOf = (dot: Dot, place: DotEntry[2], draft: Draft): DotEntry | undefined =>
  entriesOf(dot, draft).find((entry) => entry[2] === place);

const setDot = (dot: Dot, record: DotRecord, draft: Draft): void => {
  if (record.entries.length === 0 && record.voids === undefined) draft.remove(keys.dot(dot));
  else draft.put(keys.dot(dot), record);
};

const place = (position: number, sealed: SealedEvent, standing: Standing, draft: Draft): void => {
  const { dot, hash, event } = sealed;
  draft.put(keys.event(position), [hash, event]);
  draft.put(keys.standing(event, position), standing);
  const record = draft.read(keys.dot(dot)) ?? { entries: [] };
  const entry: DotEntry = [position, hash, standing[0], event.resourceType, event.resourceId];
  draft.put(keys.dot(dot), { ...record, entries: [...record.entries, entry] });
  const idKey = keys.eventId(event.eventId);
  draft.put(idKey, [...(draft.read(idKey) ?? []), [position, dot, hash]]);
  const { counts } = draft.head;
  switch (standing[0]) {
    case 'applied':
      counts.events += 1;
      if (standing[4] === 1) {
        counts.localOnly += 1;
        draft.put(keys.local(position), 1);
      }
      return;
    case 'parked':
      noteParked(position, sealed, standing, draft);
      return;
    case 'variant':
  }
};

/** What stands in a place under a dot is gone, wherever it was mentioned; answers what it was. */
const takeOut = (dot: Dot, from: DotEntry[2], draft: Draft): readonly [position: number, Standing] | undefined => {
  const entry = entryOf(dot, from, draft);
  if (entry === undefined) return undefined;
  const [position, , , resourceType, resourceId] = entry;
  const standingKey = keys.standing({ resourceType, resourceId }, position);
  const standing = draft.read(standingKey) as Standing;
  const event = draft.read(keys.event(position))?.[1];
  if (event === undefined) return undefined;
  draft.remove(keys.event(position));
  draft.remove(standingKey);
  const record = draft.read(keys.dot(dot)) ?? { entries: [] };
  setDot(dot, { ...record, entries: record.entries.filter((other) => other !== entry) }, draft);
  const idKey = keys.eventId(event.eventId);
  const left = (draft.read(idKey) ?? []).filter(([other]) => other !== position);
  if (left.length === 0) draft.remove(idKey);
  else draft.put(idKey, left);
  const { counts } = draft.head;
  if (standing[0] === 'parked') {
    forgetParked(position, event, standing, draft);
  } else if (standing[0] === 'applied') {
    const [, , , , isLocal, , isVoid] = standing;
    if (isVoid === 0) counts.events -= 1;
    if (isLocal === 1) forgetLocal(position, draft);
  }
  return [position, standing];
};

type Parked = Extract<Standing, readonly ['parked', ...unknown[]]>;

const noteParked = (position: number, { event, dot }: SealedEvent, standing: Parked, draft: Draft): void => {
  const [, , reason, missing] = standing;
  draft.head.counts.parked += 1;
  if (reason === 'refused') draft.head.counts.refused += 1;
  if (reason === 'future') draft.put(keys.due(event.timestamp, position), dot);
  draft.put(keys.parked(position), 1);
  for (const parent of missing) draft.put(keys.waiter(parent, position), dot);
};

const forgetParked = (position: number, { timestamp }: ReknitEvent, standing: Parked, draft: Draft): void => {
  const [, , reason, missing] = standing;
  draft.head.counts.parked -= 1;
  if (reason === 'refused') draft.head.counts.refused -= 1;
  if (reason === 'future') draft.remove(keys.due(timestamp, position));
  draft.remove(keys.parked(position));
  for (const parent of missing) draft.remove(keys.waiter(parent, position));
};

const forgetLocal = (position: number, draft: Draft): void => {
  draft.head.counts.localOnly -= 1;
  draft.remove(keys.local(position));
};

const nextPosition = ({ head }: Draft): number => (head.position += 1);

/** Everything about events but marks; in the order in which it is decided. */
export const writeEvents = (work: UnitOfWork, draft: Draft): void => {
  if (work.renamed !== undefined) rename(work.renamed, draft);
  for (const dot of work.unpark) takeOut(dot, 'parked', draft);
  const withdrawn = new Map((work.withdraw ?? []).map((dot) => [dot, takeOut(dot, 'applied', draft)?.[0]]));
  for (const parked of work.park) park(parked, withdrawn.get(parked.sealed.dot), draft);
  for (const { sealed, sawAll, isLocal } of work.append) {
    const { event, dot } = sealed;
    const operation = deletesResource(event) ? 'delete' : event.operation;
    const standing = ['applied', dot, operation, sawAll ? 1 : 0, isLocal ? 1 : 0, 'none', 0] as const;
    place(nextPosition(draft), sealed, standing, draft);
  }
  for (const sealed of work.variants) place(nextPosition(draft), sealed, ['variant', sealed.dot], draft);
  for (const node of work.voids) writeVoid(node, draft);
};

const park = ({ sealed, reason, missing }: ParkedEvent, withdrawnFrom: number | undefined, draft: Draft): void => {
  const standing: Parked = ['parked', sealed.dot, reason, missing];
  const before = entryOf(sealed.dot, 'parked', draft);
  if (before === undefined) {
    place(withdrawnFrom ?? nextPosition(draft), sealed, standing, draft);
    return;
  }
  // Looked at again, and it waits on: where it stands stays, what it waits for may be another.
  const [position] = before;
  const key = keys.standing(sealed.event, position);
  const old = draft.read(key);
  if (old?.[0] === 'parked') forgetParked(position, sealed.event, old, draft);
  draft.put(key, standing);
  noteParked(position, sealed, standing, draft);
};

const writeVoid = (node: VoidNode, draft: Draft): void => {
  const { dot, parents, isApplied, resourceType, resourceId } = node;
  draft.put(keys.void(node, dot), [dot, parents, isApplied ? 1 : 0]);
  const record = draft.read(keys.dot(dot)) ?? { entries: [] };
  if (record.voids === undefined) draft.head.counts.voids += 1;
  const key = resourceKeyOf(node);
  const others = (record.voids ?? []).filter(
    ([type, id]) => resourceKeyOf({ resourceType: type, resourceId: id }) !== key,
  );
  draft.put(keys.dot(dot), { ...record, voids: [...others, [resourceType, resourceId, isApplied ? 1 : 0]] });
  mark(dot, draft, ([place, of, operation, sawAll, isLocal, standing, isVoid], position) => {
    if (isVoid === 0) draft.head.counts.events -= 1;
    if (isLocal === 1) forgetLocal(position, draft);
    return [place, of, operation, sawAll, 0, standing, 1];
  });
};

type Applied = Extract<Standing, readonly ['applied', ...unknown[]]>;

/** Changes what is known of an applied event; of one that is not applied nothing is. */
const mark = (dot: Dot, draft: Draft, change: (standing: Applied, position: number) => Applied): void => {
  const entry = entryOf(dot, 'applied', draft);
  if (entry === undefined) return;
  const [position, , , resourceType, resourceId] = entry;
  const key = keys.standing({ resourceType, resourceId }, position);
  const standing = draft.read(key);
  if (standing?.[0] === 'applied') draft.put(key, change(standing, position));
};

export const writeStanding = (dot: Dot, conflict: EventStanding, draft: Draft): void =>
  mark(dot, draft, ([place, of, operation, sawAll, isLocal, , isVoid]) => [
    place,
    of,
    operation,
    sawAll,
    isLocal,
    conflict,
    isVoid,
  ]);

/** @param dots of own events, their entries and standings fetched */
export const markSynced = (dots: readonly Dot[], draft: Draft): void => {
  for (const dot of dots)
    mark(dot, draft, ([place, of, operation, sawAll, isLocal, conflict, isVoid], position) => {
      if (isLocal === 1) forgetLocal(position, draft);
      return [place, of, operation, sawAll, 0, conflict, isVoid];
    });
};

/** Puts events under their new dots, at the positions of the old ones. */
const rename = (renamed: NonNullable<UnitOfWork['renamed']>, draft: Draft): void => {
  const newDots = new Map(renamed.map(({ from, sealed }) => [from, sealed.dot]));
  const out = renamed.map(({ from, sealed }) => ({
    sealed,
    waiting: takeOut(from, 'parked', draft),
    applied: takeOut(from, 'applied', draft),
  }));
  for (const { sealed, waiting, applied } of out) {
    if (waiting?.[1][0] === 'parked') {
      const [position, [place_, , reason, missing]] = [waiting[0], waiting[1]];
      const renamedMissing = missing.map((dot) => newDots.get(dot) ?? dot);
      place(position, sealed, [place_, sealed.dot, reason, renamedMissing], draft);
    }
    if (applied?.[1][0] === 'applied') {
      const [place_, , operation, sawAll, isLocal, conflict, isVoid] = applied[1];
      place(applied[0], sealed, [place_, sealed.dot, operation, sawAll, isLocal, conflict, isVoid], draft);
    }
  }
};
