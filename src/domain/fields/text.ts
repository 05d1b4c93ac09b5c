/**
 * A text merges character by character: who types in two places, or in one, loses nothing (R36).
 *
 * It is changed by splices, with positions in UTF-16 code units, as strings have them, in the text
 * as its author saw it. Who only has the whole new text says `text.edit(newText)`: what is recorded
 * are the smallest splices that make it of what was seen, so that edits elsewhere stay.
 */
import { checkArgument } from '../shared/check-argument.js';
import type { Json } from '../shared/json.js';
import type { FieldDefinition } from './field-definition.js';
import { isOperation, type FieldKind } from './field-kind.js';
import { sequenceAccumulator } from './sequence/accumulate-sequence.js';
import { textContent } from './sequence/content.js';
import { refuseSequenceWrite } from './sequence/splices.js';
import { splicesBetween } from './text-difference.js';

/** Changes a text or a list at positions, one splice after the other. */
export type SpliceChange<Content> = {
  readonly $splice: readonly (readonly [index: number, deleteCount: number, inserted: Content])[];
};

/** Deletes so many items from the index on, and inserts there; `inserted` is a text or, in a list, items. */
export const splice = <const Content extends string | readonly unknown[]>(
  index: number,
  deleteCount: number,
  inserted: Content,
): SpliceChange<Content> => ({ $splice: [[index, deleteCount, inserted]] });

/** A whole new text, recorded as what changed. */
export type TextEdit = {
  readonly $edit: string;
};

/** A field of text; a plain text takes the place of everything. */
export type Text = FieldDefinition<string, 'text', string | SpliceChange<string> | TextEdit, string>;

const edit = (newText: string): TextEdit => {
  const isText = typeof newText === 'string' && newText.isWellFormed();
  checkArgument(isText, 'text.edit', 'newText', 'the whole new text, without half of a surrogate pair');
  return { $edit: newText };
};

/** Declares a text; `text.edit` is a change of one. */
export const text: { (): Text; readonly edit: (newText: string) => TextEdit } = Object.assign(
  (): Text => ({ kind: textKind, options: {}, default: '' }),
  { edit },
);

const prepare = (value: Json, seen: Json | undefined): Json => {
  if (!isOperation(value) || Object.keys(value).length !== 1) return value;
  const { $edit: newText } = value;
  if (typeof newText !== 'string' || !newText.isWellFormed()) return value;
  return { $splice: splicesBetween(typeof seen === 'string' ? seen : '', newText) };
};

export const textKind: FieldKind & { readonly name: 'text' } = {
  name: 'text',
  prepare,
  refuse: (value, operation, seen) => refuseSequenceWrite(value, operation, seen, textContent),
  accumulator: sequenceAccumulator(textContent),
};
