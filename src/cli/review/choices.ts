/** The keys that settle a conflict, or lead away from it: which ones there are follows from what it is about. */
import type { ConflictView, Json, Resolution } from '../../index.js';
import { shortened, visible, visibleValue } from '../output/visible.js';
import type { KeyOption } from './prompts.js';

export type Choice =
  | { readonly type: 'decide'; readonly resolution: Resolution }
  | { readonly type: 'another' | 'edit' | 'note' | 'whole' | 'later' | 'undo' | 'quit' };

export interface Choices {
  readonly options: readonly KeyOption<string>[];
  readonly of: (key: string) => Choice;
}

/** Sides that have a key of their own: there are nine digits to press. */
export const keyedSidesMax = 9;
/** What a line of choices has room for. */
export const labelCharactersMax = 48;

export const choicesFor = (
  conflict: ConflictView,
  { both, canUndo }: { readonly both: { readonly value: Json } | undefined; readonly canUndo: boolean },
): Choices => {
  const found: (readonly [option: KeyOption<string>, choice: Choice])[] = [];
  const add = (key: string, label: string, choice: Choice, hint?: string): void => {
    found.push([{ key, label, ...(hint === undefined ? {} : { hint }) }, choice]);
  };
  const decide = (key: string, label: string, resolution: Resolution): void =>
    add(key, label, { type: 'decide', resolution });

  if (conflict.unit.kind === 'dependency') {
    decide('r', 'restore what it refers to', { apply: 'restore' });
    decide('d', 'detach: empty the reference', { apply: 'detach' });
    decide('c', 'cascade: delete this too', { apply: 'cascade' });
    decide('k', 'keep it as it is', { apply: 'keep' });
  } else {
    for (const [index, { agentId, value, eventId }] of conflict.siblings.slice(0, keyedSidesMax).entries())
      decide(String(index + 1), `${visible(agentId)}: ${shortened(visibleValue(value), labelCharactersMax)}`, {
        choose: eventId,
      });
    if (conflict.siblings.length > keyedSidesMax) add('o', 'another side, by its number', { type: 'another' });
    if (both !== undefined)
      decide('b', `both: ${shortened(visibleValue(both.value), labelCharactersMax)}`, { value: both.value });
    if (conflict.unit.kind !== 'existence') add('e', 'another value', { type: 'edit' });
  }
  add('n', 'say why, with the next decision', { type: 'note' });
  add('w', 'show whole values', { type: 'whole' });
  add('s', 'later', { type: 'later' });
  if (canUndo) add('u', 'undo the last decision', { type: 'undo' });
  add('q', 'quit', { type: 'quit' }, 'what is decided stays, and the rest waits');
  const byKey = new Map(found.map(([{ key }, choice]) => [key, choice]));
  return { options: found.map(([option]) => option), of: (key) => byKey.get(key) ?? { type: 'later' } };
};
