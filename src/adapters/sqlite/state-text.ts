/**
 * A resource's state as a short text beside what readers see of it.
 *
 * Most units have one sibling, whose value is what the field shows: of those the text holds
 * only which event wrote them, in the order of the fields' names. What is less usual (contested
 * units with the facts of their siblings, values that the view hides, dependencies) stands in a
 * last part that most states do not have.
 */
import type { AgentId, Dot, EventId, ResourceRef } from '../../domain/events/event.js';
import type { DependencyEffect, ResourceState, UnitState, UnitWrite, WriteFacts } from '../../domain/resource/state.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import type { ResourceView } from '../../domain/resource/view.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/shared/json.js';
import { dotList, type DotList } from './dot-list.js';
import type { DotTexts } from './dot-texts.js';
import { operationCode, operationOf } from './operations.js';
import { msToTime, timeToMs } from './times.js';

/** What is left out is at its end: absent values, and a priority of 1. */
type FactsText = readonly [eventId: EventId, operation: number, counter: number, priority?: number];
type FullFacts = readonly [dot: number, agentId: AgentId, timeMs: number, facts: FactsText];
/** `write` is a place in the list of facts or, below zero, -1 less that of a dot without any. */
type SiblingText = readonly [write: number, yielded: 0 | 1, value?: Json];
type RefText = readonly [resourceType: string, resourceId: string];

interface UnitText {
  readonly key: string;
  readonly siblings: readonly SiblingText[];
  /** The value of the one sibling is what these fields show. */
  readonly fields?: readonly string[];
  readonly base?: readonly [] | readonly [Json];
  readonly accumulated?: Json;
}

interface Unusual {
  /** Of the siblings of existence, then of those of contested units: each once. */
  readonly facts?: readonly FullFacts[];
  readonly existenceBase?: 'alive' | 'deleted';
  readonly units?: readonly UnitText[];
  readonly dependsOn?: readonly (readonly [dot: number, targets: readonly RefText[]])[];
  readonly kept?: readonly (readonly [conflictId: string, dot: number])[];
  /** Absent: the first head. */
  readonly floor?: number | null;
  readonly isBranched?: true;
  readonly hasVoids?: true;
  readonly effect?: DependencyEffect;
  readonly references?: readonly RefText[];
}

type StateText = readonly [
  dots: string | null,
  /** The first so many dots are the heads. */
  heads: number,
  /** Of the one head, by the last change's agent and time; or places in the list of facts. */
  existence: FactsText | readonly number[],
  /** For each field, by name, which event wrote it, or -1; one number where all are alike. */
  fields: number | readonly number[],
  unusual?: Unusual,
];

export const writeState = ({ state, view }: StoredResource, texts: DotTexts): string => {
  const {
    resourceType: _type,
    resourceId: _id,
    heads,
    existence,
    existenceBase,
    units,
    dependsOn,
    kept,
    floor,
    isLinear,
    hasVoids,
    effect,
    ...others
  } = state;
  // The compiler refuses a member of the state that this text would lose.
  others satisfies Record<string, never>;
  const list = dotList();
  for (const head of heads) list.indexOf(head);
  const allFacts = factsList(list);
  const existenceText = isOrdinary(state, view)
    ? factsText(existence[0] as WriteFacts)
    : existence.map(allFacts.placeOf);

  const names = Object.keys(view.fields).sort();
  const shown = new Set<string>();
  const writers = names.map((name) => {
    const unit = units.get(name);
    const only = unit?.siblings[0];
    if (unit === undefined || only === undefined || !isShown(unit, only, view.fields[name])) return -1;
    shown.add(name);
    return list.indexOf(only.dot);
  });
  const odd =
    shown.size === units.size
      ? []
      : [...units]
          .filter(([key]) => !shown.has(key))
          .map(([key, unit]) => unitText(key, unit, view.fields, list, allFacts));
  const unusual: Unusual = {
    ...(allFacts.texts.length === 0 ? {} : { facts: allFacts.texts }),
    ...(existenceBase === undefined ? {} : { existenceBase: existenceBase.value }),
    ...(odd.length === 0 ? {} : { units: odd }),
    ...(dependsOn.length === 0
      ? {}
      : { dependsOn: dependsOn.map(({ dot, targets }) => [list.indexOf(dot), targets.map(refText)] as const) }),
    ...(kept.length === 0 ? {} : { kept: kept.map(({ conflictId, dot }) => [conflictId, list.indexOf(dot)] as const) }),
    ...(floor === heads[0] ? {} : { floor: floor === undefined ? null : list.indexOf(floor) }),
    ...(isLinear ? {} : { isBranched: true as const }),
    ...(hasVoids ? { hasVoids: true as const } : {}),
    ...(effect === undefined ? {} : { effect }),
    ...(view.references.length === 0 ? {} : { references: view.references.map(refText) }),
  };
  const [first = -1] = writers;
  const fields = writers.every((writer) => writer === first) ? first : writers;
  const text: StateText = [texts.write(list.dots), heads.length, existenceText, fields];
  return JSON.stringify(hasMembers(unusual) ? [...text, unusual] : text);
};

const hasMembers = (value: object): boolean => {
  for (const _ in value) return true;
  return false;
};

/** The last change, which the view tells of, is the one head and the one sibling of existence. */
const isOrdinary = ({ heads, existence }: ResourceState, view: ResourceView): boolean => {
  const [only] = existence;
  return (
    existence.length === 1 &&
    heads.length === 1 &&
    only?.dot === heads[0] &&
    only?.timestamp === view.updatedAt &&
    only.agentId === view.updatedBy
  );
};

const isShown = ({ siblings, base, accumulated }: UnitState, only: UnitWrite, shown: Json | undefined): boolean =>
  siblings.length === 1 &&
  !only.yielded &&
  base === undefined &&
  accumulated === undefined &&
  only.value !== undefined &&
  sameJson(only.value, shown);

const unitText = (key: string, unit: UnitState, fields: JsonObject, list: DotList, allFacts: FactsList): UnitText => {
  const isContested = unit.siblings.length > 1;
  const [only] = unit.siblings;
  const value = only?.value;
  const isMadeOfFields =
    !isContested &&
    isJsonObject(value) &&
    Object.entries(value).every(([name, member]) => sameJson(fields[name], member));
  return {
    key,
    siblings: unit.siblings.map((write): SiblingText => {
      const place =
        isContested && write.facts !== undefined ? allFacts.placeOf(write.facts) : -1 - list.indexOf(write.dot);
      const yielded = write.yielded ? 1 : 0;
      return write.value === undefined || isMadeOfFields ? [place, yielded] : [place, yielded, write.value];
    }),
    ...(isMadeOfFields ? { fields: Object.keys(value) } : {}),
    ...(unit.base === undefined ? {} : { base: unit.base.value === undefined ? [] : [unit.base.value] }),
    ...(unit.accumulated === undefined ? {} : { accumulated: unit.accumulated }),
  };
};

interface FactsList {
  readonly texts: readonly FullFacts[];
  readonly placeOf: (facts: WriteFacts) => number;
}

const factsList = (list: DotList): FactsList => {
  const texts: FullFacts[] = [];
  const places = new Map<Dot, { readonly facts: WriteFacts; readonly place: number }>();
  return {
    texts,
    placeOf: (facts) => {
      const known = places.get(facts.dot);
      if (known !== undefined && (known.facts === facts || sameJson(known.facts, facts))) return known.place;
      const place =
        texts.push([list.indexOf(facts.dot), facts.agentId, timeToMs(facts.timestamp), factsText(facts)]) - 1;
      places.set(facts.dot, { facts, place });
      return place;
    },
  };
};

const factsText = ({ eventId, operation, deletes, counter, priority }: WriteFacts): FactsText => {
  const code = operationCode(operation) + (deletes ? deletesBit : 0);
  return priority === usualPriority ? [eventId, code, counter] : [eventId, code, counter, priority];
};

const refText = ({ resourceType, resourceId }: ResourceRef): RefText => [resourceType, resourceId];

const deletesBit = 4;
const usualPriority = 1;

export const readState = (
  ref: ResourceRef,
  text: string,
  shown: Omit<ResourceView, 'references'>,
  texts: DotTexts,
): StoredResource => {
  const [dotsText, headCount, existence, writers, unusual = {}] = JSON.parse(text) as StateText;
  const dots = texts.read(dotsText);
  const dotAt = (index: number): Dot => dots[index] as Dot;
  const heads = dots.length === headCount ? dots : dots.slice(0, headCount);

  const facts = (unusual.facts ?? []).map(([dot, agentId, timeMs, text]) =>
    readFacts(dotAt(dot), agentId, timeMs, text),
  );

  const units = new Map<string, UnitState>();
  Object.keys(shown.fields)
    .sort()
    .forEach((name, index) => {
      const writer = typeof writers === 'number' ? writers : (writers[index] ?? -1);
      if (writer >= 0)
        units.set(name, {
          siblings: [{ dot: dotAt(writer), value: shown.fields[name], facts: undefined, yielded: false }],
        });
    });
  for (const unit of unusual.units ?? []) units.set(unit.key, readUnit(unit, shown.fields, facts, dotAt));

  const state: ResourceState = {
    ...refOf([ref.resourceType, ref.resourceId]),
    heads,
    existence: isFactsText(existence)
      ? [readFacts(dotAt(0), shown.updatedBy as AgentId, timeToMs(shown.updatedAt), existence)]
      : existence.map((place) => facts[place] as WriteFacts),
    existenceBase: unusual.existenceBase === undefined ? undefined : { value: unusual.existenceBase },
    units,
    dependsOn: (unusual.dependsOn ?? []).map(([dot, targets]) => ({ dot: dotAt(dot), targets: targets.map(refOf) })),
    kept: (unusual.kept ?? []).map(([conflictId, dot]) => ({ conflictId, dot: dotAt(dot) })),
    floor: unusual.floor === undefined ? heads[0] : unusual.floor === null ? undefined : dotAt(unusual.floor),
    isLinear: unusual.isBranched !== true,
    hasVoids: unusual.hasVoids === true,
    effect: unusual.effect,
  };
  return { state, view: { ...shown, references: (unusual.references ?? []).map(refOf) } };
};

const isFactsText = (existence: FactsText | readonly number[]): existence is FactsText =>
  typeof existence[0] === 'string';

const readUnit = (
  { siblings, fields: names, base, accumulated }: UnitText,
  fields: JsonObject,
  allFacts: readonly WriteFacts[],
  dotAt: (index: number) => Dot,
): UnitState => ({
  siblings: siblings.map(([place, yielded, value]) => {
    const facts = place < 0 ? undefined : allFacts[place];
    return {
      dot: facts?.dot ?? dotAt(-1 - place),
      value: names === undefined ? value : pickFields(fields, names),
      facts,
      yielded: yielded === 1,
    };
  }),
  ...(base === undefined ? {} : { base: { value: base[0] } }),
  ...(accumulated === undefined ? {} : { accumulated }),
});

const pickFields = (fields: JsonObject, names: readonly string[]): JsonObject => {
  const picked = Object.create(null) as Record<string, Json>;
  for (const name of names) picked[name] = fields[name] as Json;
  return picked;
};

const readFacts = (
  dot: Dot,
  agentId: AgentId,
  timeMs: number,
  [eventId, code, counter, priority = usualPriority]: FactsText,
): WriteFacts => ({
  dot,
  eventId,
  agentId,
  operation: operationOf(code & (deletesBit - 1)),
  timestamp: msToTime(timeMs),
  counter,
  priority,
  deletes: (code & deletesBit) !== 0,
});

const refOf = ([resourceType, resourceId]: RefText): ResourceRef => ({ resourceType, resourceId });
