/**
 * Fields that never conflict, from the set of a resource's events and who had seen whom: R33 to
 * R36, each rule looked up for each write, in no order but where a rule names one.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json, JsonObject } from '../../../src/domain/shared/json.js';
import { byText, canonical } from './order.js';
import { hasSeen, type ResourceHistory } from './resource-history.js';
import { sequenceOf } from './sequence.js';

export interface MergedField {
  readonly field: string;
  readonly value: Json;
  /** Some write that nothing has cleared does not fit (R35). */
  readonly invalid: boolean;
}

/** The fields of kinds that merge by themselves, as a reader sees them. */
export const mergedFieldsOf = (history: ResourceHistory): MergedField[] => {
  const named = new Set(history.events.flatMap(({ payload }) => Object.keys(payload ?? {})));
  return [...named].flatMap((field) => {
    const kind = kinds[history.rules.unitOf(field).kind.name];
    if (kind === undefined) return [];
    const writes = history.events.filter((event) => valueOf(event, field) !== undefined);
    const creates = history.events.filter(({ operation }) => operation === 'create');
    // A field whose writes were all seen by a create is as if nobody had written it.
    const lives = writes.some((write) => !creates.some((create) => hasSeen(history, create, write)));
    return lives ? [{ field, ...kind(history, field) }] : [];
  });
};

const valueOf = (event: ReknitEvent, field: string): Json | undefined =>
  Object.entries(event.payload ?? {}).find(([name]) => name === field)?.[1];

type Kind = (history: ResourceHistory, field: string) => Omit<MergedField, 'field'>;

/** An event's write, if it made one, and what it is to the kind: a plain value, an operation, or a misfit. */
type Read<Operation> = (
  value: Json,
  event: ReknitEvent,
) => { readonly plain: Json } | { readonly operation: Operation } | 'misfit';

interface Reading<Operation> {
  readonly event: ReknitEvent;
  readonly plain: Json | undefined;
  readonly operation: Operation | undefined;
  readonly isMisfit: boolean;
}

/** R34: what no create and no plain value has seen. */
const counting = <Operation>(
  history: ResourceHistory,
  field: string,
  read: Read<Operation>,
): readonly Reading<Operation>[] => {
  const readings = history.events.flatMap((event): Reading<Operation>[] => {
    const value = valueOf(event, field);
    if (value === undefined) return [];
    const reading = read(value, event);
    return [
      {
        event,
        plain: reading !== 'misfit' && 'plain' in reading ? reading.plain : undefined,
        operation: reading !== 'misfit' && 'operation' in reading ? reading.operation : undefined,
        isMisfit: reading === 'misfit',
      },
    ];
  });
  const clearing = [
    ...history.events.filter(({ operation }) => operation === 'create'),
    ...readings.filter(({ plain }) => plain !== undefined).map(({ event }) => event),
  ];
  return readings.filter(({ event }) => !clearing.some((clear) => hasSeen(history, clear, event)));
};

const objectOf = (value: Json): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

const counter: Kind = (history, field) => {
  const counted = counting<bigint>(history, field, (value, { operation }) => {
    if (Number.isSafeInteger(value)) return { plain: value };
    if (typeof value === 'string') return /^(0|-?[1-9]\d*)$/.test(value) ? { plain: value } : 'misfit';
    const given = objectOf(value);
    if (given === undefined || operation === 'create' || Object.keys(given).join() !== '$increment') return 'misfit';
    const by = given['$increment'];
    return Number.isSafeInteger(by) ? { operation: BigInt(by as number) } : 'misfit';
  });
  // R6: what was recorded twice counts once.
  const once = new Map(counted.filter(({ isMisfit }) => !isMisfit).map((reading) => [reading.event.eventId, reading]));
  let sum = 0n;
  for (const { plain, operation } of once.values()) sum += operation ?? BigInt(plain as number | string);
  const number = Number(sum);
  return {
    value: Number.isSafeInteger(number) ? number : String(sum),
    invalid: counted.some(({ isMisfit }) => isMisfit),
  };
};

interface SetOperation {
  readonly add: readonly Json[];
  readonly remove: readonly Json[];
}

const set: Kind = (history, field) => {
  const read: Read<SetOperation> = (value, { operation }) => {
    if (Array.isArray(value)) return { plain: value as Json };
    const given = objectOf(value);
    const keys = Object.keys(given ?? {});
    if (given === undefined || keys.length === 0 || operation === 'create') return 'misfit';
    if (!keys.every((key) => key === '$add' || key === '$remove')) return 'misfit';
    const { $add = [], $remove = [] } = given;
    return Array.isArray($add) && Array.isArray($remove) ? { operation: { add: $add, remove: $remove } } : 'misfit';
  };
  const counted = counting(history, field, read);
  const removals = history.events.flatMap((event) => {
    const value = valueOf(event, field);
    const reading = value === undefined ? 'misfit' : read(value, event);
    return reading !== 'misfit' && 'operation' in reading ? [{ event, remove: reading.operation.remove }] : [];
  });
  const members = counted.flatMap(({ event, plain, operation }) =>
    ((plain as readonly Json[] | undefined) ?? operation?.add ?? []).filter(
      (member) =>
        !removals.some(
          (removal) =>
            hasSeen(history, removal.event, event) &&
            removal.remove.some((removed) => canonical(removed) === canonical(member)),
        ),
    ),
  );
  const distinct = [...new Set(members.map(canonical))].sort(byText);
  return {
    value: distinct.map((text) => JSON.parse(text) as Json),
    invalid: counted.some(({ isMisfit }) => isMisfit),
  };
};

const sequence =
  (kind: 'list' | 'text'): Kind =>
  (history, field) =>
    sequenceOf(history, field, kind);

const kinds: Readonly<Record<string, Kind>> = { counter, set, list: sequence('list'), text: sequence('text') };
