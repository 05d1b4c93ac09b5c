/**
 * What lists and texts have in common: contents with a length, and a document that is edited many
 * times in a row. A text counts UTF-16 code units, as strings do.
 *
 * A text is edited in a gap buffer: who types goes on where it was, so the gap is mostly there
 * already, and a keystroke in a long text costs what it changes.
 */
import type { Json } from '../../shared/json.js';

/** A text, or a list of items. */
export type Content = string | readonly Json[];

export interface SequenceDocument {
  readonly length: () => number;
  readonly splice: (index: number, deleteCount: number, inserted: Content) => void;
  readonly slice: (from: number, to: number) => Content;
  readonly content: () => Content;
}

/** One of the two forms of content. */
export interface ContentKind {
  readonly empty: Content;
  readonly isContent: (value: unknown) => value is Content;
  readonly documentOf: (content: Content) => SequenceDocument;
}

export const listContent: ContentKind = {
  empty: [],
  isContent: (value): value is Content => Array.isArray(value),
  documentOf: (content) => {
    const items = [...(content as readonly Json[])];
    return {
      length: () => items.length,
      splice: (index, deleteCount, inserted) => {
        // Spread over the arguments of a call, a long list would not fit on the stack.
        if (inserted.length <= spreadMax) items.splice(index, deleteCount, ...(inserted as readonly Json[]));
        else {
          const rest = items.splice(index);
          for (const item of inserted as readonly Json[]) items.push(item);
          for (let at = deleteCount; at < rest.length; at += 1) items.push(rest[at] as Json);
        }
      },
      slice: (from, to) => items.slice(from, to),
      content: () => items,
    };
  },
};

const spreadMax = 1_000;

export const textContent: ContentKind = {
  empty: '',
  isContent: (value): value is Content => typeof value === 'string',
  documentOf: (content) => textDocument(content as string),
};

/** Fewer edits than that are made on the string itself. */
const editsBeforeBuffer = 4;

const textDocument = (initial: string): SequenceDocument => {
  let text = initial;
  let edits = 0;
  let buffer: TextBuffer | undefined;
  return {
    length: () => buffer?.length() ?? text.length,
    splice: (index, deleteCount, inserted) => {
      edits += 1;
      if (buffer === undefined && edits > editsBeforeBuffer) buffer = textBuffer(text);
      if (buffer !== undefined) buffer.splice(index, deleteCount, inserted as string);
      else text = `${text.slice(0, index)}${inserted as string}${text.slice(index + deleteCount)}`;
    },
    slice: (from, to) => buffer?.slice(from, to) ?? text.slice(from, to),
    content: () => buffer?.slice(0, buffer.length()) ?? text,
  };
};

interface TextBuffer {
  readonly length: () => number;
  readonly splice: (index: number, deleteCount: number, inserted: string) => void;
  readonly slice: (from: number, to: number) => string;
}

/** Code units with a gap where the last edit was. */
const textBuffer = (initial: string): TextBuffer => {
  let units = new Uint16Array(2 * initial.length + 1_024);
  for (let at = 0; at < initial.length; at += 1) units[at] = initial.charCodeAt(at);
  let gapStart = initial.length;
  let gapEnd = units.length;

  const moveGap = (to: number): void => {
    if (to < gapStart) units.copyWithin(gapEnd - (gapStart - to), to, gapStart);
    else if (to > gapStart) units.copyWithin(gapStart, gapEnd, gapEnd + (to - gapStart));
    gapEnd += to - gapStart;
    gapStart = to;
  };

  const makeRoom = (needed: number): void => {
    if (gapEnd - gapStart >= needed) return;
    const larger = new Uint16Array(2 * units.length + needed);
    larger.set(units.subarray(0, gapStart));
    const tail = units.length - gapEnd;
    larger.set(units.subarray(gapEnd), larger.length - tail);
    gapEnd = larger.length - tail;
    units = larger;
  };

  return {
    length: () => units.length - (gapEnd - gapStart),
    splice: (index, deleteCount, inserted) => {
      // What stands right before the gap is taken into it, as by a backspace.
      if (index + deleteCount === gapStart) gapStart = index;
      else {
        moveGap(index);
        gapEnd += deleteCount;
      }
      makeRoom(inserted.length);
      for (let at = 0; at < inserted.length; at += 1) units[gapStart + at] = inserted.charCodeAt(at);
      gapStart += inserted.length;
    },
    slice: (from, to) => {
      const shift = gapEnd - gapStart;
      if (to <= gapStart) return textOf(units, from, to);
      if (from >= gapStart) return textOf(units, from + shift, to + shift);
      return textOf(units, from, gapStart) + textOf(units, gapEnd, to + shift);
    },
  };
};

/** In parts that fit on the stack as arguments. */
const textOf = (units: Uint16Array, from: number, to: number): string => {
  const partMax = 8_192;
  let text = '';
  for (let at = from; at < to; at += partMax)
    text += String.fromCharCode(...units.subarray(at, Math.min(to, at + partMax)));
  return text;
};

const surrogate = /[\ud800-\udfff]/;

/** Whether a text holds characters that are two code units, so that positions may fall between them. */
export const holdsPairs = (content: Content): boolean => typeof content === 'string' && surrogate.test(content);

/** Whether two neighbouring code units are one character. */
export const isPair = (before: Json | undefined, after: Json | undefined): boolean =>
  typeof before === 'string' &&
  typeof after === 'string' &&
  before >= '\ud800' &&
  before < '\udc00' &&
  after >= '\udc00' &&
  after < '\ue000';
