/**
 * A counter adds up increments, whoever made them and in whatever order they arrive (R33, R34).
 *
 * Increments are safe integers and the sum is exact: sums of floats depend on their order, and
 * replicas would part over the last digit. Beyond what a number holds exactly, the sum is shown as
 * a decimal text, which is also taken as a plain value.
 */
import type { Json } from '../shared/json.js';
import { clearingOf, misfitNote, withNotes } from './clearing.js';
import type { FieldDefinition } from './field-definition.js';
import {
  isOperation,
  type Accumulated,
  type Accumulator,
  type FieldHistory,
  type FieldKind,
  type FieldWrite,
  type Misfit,
} from './field-kind.js';
import { shown } from '../shared/shown.js';

/** Adds to a counter. */
export type Increment = { readonly $increment: number };

/** Adds to a counter, or takes away where the number is negative. */
export const increment = (by = 1): Increment => ({ $increment: by });

/** What a counter shows: a number, or a decimal text where a number could not hold the sum exactly. */
export type CounterValue = number | string;

/** A field that adds up; a plain value sets it. */
export type Counter = FieldDefinition<CounterValue, 'counter', CounterValue | Increment, CounterValue>;

/** Declares a counter. */
export const counter = (): Counter => ({ kind: counterKind, options: {}, default: 0 });

type Reading =
  | { readonly type: 'set' | 'add'; readonly amount: bigint }
  | { readonly type: 'nothing' }
  | ({ readonly type: 'misfit' } & Misfit);

const misfit = (code: Misfit['code'], message: string): Reading => ({ type: 'misfit', code, message });

/** Longer than any sum that anyone can mean, and short enough to add at once. */
const digitsMax = 1_000;
const decimal = /^(?:0|-?[1-9][0-9]*)$/;

const read = (value: Json | undefined, operation: string): Reading => {
  if (value === undefined) return { type: 'nothing' };
  if (Number.isSafeInteger(value)) return { type: 'set', amount: BigInt(value as number) };
  if (typeof value === 'string' && value.length <= digitsMax && decimal.test(value))
    return { type: 'set', amount: BigInt(value) };
  if (!isOperation(value))
    return misfit('invalid_operation', 'a counter is set to a whole number, and changed by { "$increment": 1 }');
  const unknown = Object.keys(value).find((key) => key !== '$increment');
  if (unknown !== undefined) return misfit('unknown_operation', `a counter knows no "${unknown}": use "$increment"`);
  if (operation === 'create') return misfit('invalid_operation', 'a create gives a counter a plain number');
  const by = value['$increment'];
  return Number.isSafeInteger(by)
    ? { type: 'add', amount: BigInt(by as number) }
    : misfit('invalid_operation', `"$increment" is a whole number up to 2^53, not ${shown(by)}`);
};

const accumulate = (state: Accumulated, { counted, ...history }: FieldHistory): Accumulated => {
  const { writes } = history;
  const readings = writes.map(({ value, event }) => read(value, event.operation));
  const places = (wanted: (reading: Reading) => boolean): readonly number[] =>
    readings.flatMap((reading, place) => (wanted(reading) ? [place] : []));
  const clearing = clearingOf(
    { ...history, counted },
    places(({ type }) => type === 'set'),
  );
  const misfits = places(({ type }) => type === 'misfit');
  let sum = clearing.clearsAll ? 0n : BigInt(state.value as CounterValue);
  const twins = new Set<FieldWrite['event']['eventId']>();
  // Without a clearing write what is counted stays counted; with one, the list says it all.
  for (const [place, reading] of readings.entries()) {
    if (!('amount' in reading) || clearing.isCleared(place)) continue;
    const { eventId } = (writes[place] as FieldWrite).event;
    if (!twins.has(eventId) && (clearing.clearsAll || place >= counted)) sum += reading.amount;
    twins.add(eventId);
  }
  return withNotes(shownSum(sum), misfitNote(state.notes, misfits, clearing));
};

const shownSum = (sum: bigint): CounterValue =>
  sum >= BigInt(Number.MIN_SAFE_INTEGER) && sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum.toString();

const accumulator: Accumulator = { initial: { value: 0 }, accumulate, countsTwinsOnce: true };

export const counterKind: FieldKind & { readonly name: 'counter' } = {
  name: 'counter',
  refuse: (value, operation) => {
    const reading = read(value, operation);
    return reading.type === 'misfit' ? { code: reading.code, message: reading.message } : undefined;
  },
  accumulator,
};
