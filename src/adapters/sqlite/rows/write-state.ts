/** Makes the text of a resource's state. */
import type { ResourceRef } from '../../../domain/events/event.js';
import type { Accumulated } from '../../../domain/fields/field-kind.js';
import type { StoredResource } from '../../../domain/merge/unit-of-work.js';
import type { ResourceState, UnitState, UnitWrite, WriteFacts } from '../../../domain/resource/state.js';
import type { ResourceView } from '../../../domain/resource/view.js';
import { sameJson } from '../../../domain/shared/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/shared/json.js';
import { dotList, type DotList } from './dot-list.js';
import type { DotTexts } from '../names/dot-texts.js';
import { operationCode } from './operations.js';
import {
  deletesBit,
  usualPriority,
  type FactsText,
  type FullFacts,
  type RefText,
  type SiblingText,
  type StateText,
  type UnitText,
  type Unusual,
} from './state-text.js';
import { timeToMs } from './times.js';

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
    branches,
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
    ...(branches === undefined ? {} : { branches: list.dots.map((dot) => branches.get(dot) ?? 0) }),
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
    ...(unit.accumulated === undefined ? {} : { accumulated: accumulatedText(unit.accumulated, fields[key]) }),
  };
};

/** A text is long, and stands in the row once already. */
const accumulatedText = (
  { value, notes }: Accumulated,
  shown: Json | undefined,
): NonNullable<UnitText['accumulated']> => ({
  ...(sameJson(value, shown) ? {} : { value }),
  ...(notes === undefined ? {} : { notes }),
});

interface FactsList {
  readonly texts: readonly FullFacts[];
  readonly placeOf: (facts: WriteFacts) => number;
}

/** The same facts are one object in a state; should they be two, they are written twice. */
const factsList = (list: DotList): FactsList => {
  const texts: FullFacts[] = [];
  const places = new Map<WriteFacts, number>();
  return {
    texts,
    placeOf: (facts) => {
      const known = places.get(facts);
      if (known !== undefined) return known;
      const place =
        texts.push([list.indexOf(facts.dot), facts.agentId, timeToMs(facts.timestamp), factsText(facts)]) - 1;
      places.set(facts, place);
      return place;
    },
  };
};

const factsText = ({ eventId, operation, deletes, counter, priority }: WriteFacts): FactsText => {
  const code = operationCode(operation) + (deletes ? deletesBit : 0);
  return priority === usualPriority ? [eventId, code, counter] : [eventId, code, counter, priority];
};

const refText = ({ resourceType, resourceId }: ResourceRef): RefText => [resourceType, resourceId];
