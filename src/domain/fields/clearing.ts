/**
 * Which writes still count: those that no clearing write has seen (R34). A `create` clears,
 * and so does a plain value, which then counts as an operation itself.
 */
import type { AccumulatedNotes, FieldHistory } from './field-kind.js';

/** Places of writes, by what they turned out to be. */
export interface ClearingWrites {
  /** Whether the list clears what lies before it: then the state before it does not matter. */
  readonly clearsAll: boolean;
  readonly isCleared: (place: number) => boolean;
}

/** @param plain the places of plain values; creates clear in any case */
export const clearingOf = (history: FieldHistory, plain: readonly number[]): ClearingWrites => {
  const creates: number[] = [];
  let at = 0;
  for (const { event } of history.writes) {
    if (event.operation === 'create') creates.push(at);
    at += 1;
  }
  const clears = creates.length === 0 ? plain : [...new Set([...plain, ...creates])].sort((a, b) => a - b);
  if (clears.length === 0) return { clearsAll: false, isCleared: () => false };
  if (history.isLinear) {
    const last = clears.at(-1) ?? -1;
    return { clearsAll: true, isCleared: (place) => place < last };
  }
  // What a clearing write saw, whoever has seen that one has seen too.
  const last: number[] = [];
  for (const place of clears.toReversed()) if (!last.some((later) => history.hasSeen(later, place))) last.push(place);
  return { clearsAll: true, isCleared: (place) => last.some((clear) => history.hasSeen(clear, place)) };
};

/** Whether a misfit is to be listed: one of before that nothing has cleared, or one of the list. */
export const misfitNote = (
  before: AccumulatedNotes | undefined,
  misfits: readonly number[],
  { clearsAll, isCleared }: ClearingWrites,
): { readonly misfit?: true } =>
  (before?.misfit === true && !clearsAll) || misfits.some((place) => !isCleared(place)) ? { misfit: true } : {};

/** Notes as a state holds them: none where there is nothing to note. */
export const withNotes = <Value>(
  value: Value,
  notes: AccumulatedNotes,
): { readonly value: Value; readonly notes?: AccumulatedNotes } =>
  Object.keys(notes).length === 0 ? { value } : { value, notes };
