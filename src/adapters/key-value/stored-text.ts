/**
 * A stored resource as JSON: maps as lists of pairs, and no value twice. What a settled unit, or
 * a text, holds is mostly what its field shows, and stands there alone.
 */
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import type { Accumulated } from '../../domain/fields/field-kind.js';
import type { Dot } from '../../domain/events/event.js';
import type { ResourceState, UnitState, UnitWrite } from '../../domain/resource/state.js';
import type { ResourceView } from '../../domain/resource/view.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';

type UnitText = Omit<UnitState, 'siblings' | 'accumulated'> & {
  /** `s`: the value is what the field of the unit's name shows. */
  readonly siblings: readonly (Omit<UnitWrite, 'facts'> & { readonly facts?: UnitWrite['facts']; readonly s?: 1 })[];
  readonly accumulated?: Partial<Accumulated> & { readonly s?: 1 };
};

export interface StoredText {
  /** Resources are numbered as they come. */
  readonly number: number;
  readonly view: ResourceView;
  readonly state: Omit<ResourceState, 'units' | 'branches'> & {
    readonly units: readonly (readonly [key: string, unit: UnitText])[];
    readonly branches?: readonly (readonly [dot: Dot, line: number])[];
  };
}

export const toStoredText = ({ state, view }: StoredResource, number: number): StoredText => {
  const { units, branches, ...rest } = state;
  return {
    number,
    view,
    state: {
      ...rest,
      units: [...units].map(([key, unit]) => [key, toUnitText(unit, shownBy(view.fields, key))]),
      ...(branches === undefined ? {} : { branches: [...branches] }),
    },
  };
};

const shownBy = (fields: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(fields, key) ? fields[key] : undefined;

const toUnitText = ({ siblings, accumulated, ...rest }: UnitState, shown: Json | undefined): UnitText => {
  const isShown = (value: Json | undefined): boolean => value !== undefined && sameJson(value, shown);
  return {
    ...rest,
    siblings: siblings.map(({ dot, value, facts, yielded }) => ({
      dot,
      yielded,
      ...(isShown(value) ? { s: 1 as const } : { value }),
      // Only contested units are asked who wrote them.
      ...(siblings.length > 1 ? { facts } : {}),
    })) as UnitText['siblings'],
    ...(accumulated === undefined ? {} : { accumulated: toAccumulatedText(accumulated, isShown(accumulated.value)) }),
  };
};

const toAccumulatedText = ({ value, ...rest }: Accumulated, isShown: boolean): NonNullable<UnitText['accumulated']> =>
  isShown ? { ...rest, s: 1 } : { ...rest, value };

export const fromStoredText = ({ state, view }: StoredText): StoredResource => ({
  view,
  state: {
    ...state,
    existenceBase: state.existenceBase,
    floor: state.floor,
    effect: state.effect,
    branches: state.branches === undefined ? undefined : new Map(state.branches),
    units: new Map(state.units.map(([key, unit]) => [key, fromUnitText(unit, shownBy(view.fields, key))])),
  },
});

const fromUnitText = ({ siblings, base, accumulated }: UnitText, shown: Json | undefined): UnitState => ({
  siblings: siblings.map(({ dot, s, value, facts, yielded }) => ({
    dot,
    value: s === 1 ? shown : value,
    facts,
    yielded,
  })),
  ...(base === undefined ? {} : { base: { value: base.value } }),
  ...(accumulated === undefined ? {} : { accumulated: fromAccumulatedText(accumulated, shown) }),
});

const fromAccumulatedText = (
  { s, value, ...rest }: NonNullable<UnitText['accumulated']>,
  shown: Json | undefined,
): Accumulated => ({ ...rest, value: (s === 1 ? shown : value) as Json });
