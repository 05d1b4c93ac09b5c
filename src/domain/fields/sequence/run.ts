/**
 * Writes in a row as few edits: who types on, or goes on deleting, does what one longer edit does. Nobody else has
 * seen anything in between, so nothing can have come there.
 */
import type { Json } from '../../shared/json.js';
import type { Content } from './content.js';
import type { Splice } from './splices.js';
import type { Authorship, Edit } from './walker.js';

export interface Run {
  /** @param onSplice follows what the write does; then it is applied by itself */
  readonly add: (place: number, splices: readonly Splice[], onSplice?: (splice: Splice) => void) => void;
  /** Applies what was gathered so far. */
  readonly flushIf: (isDue: boolean) => void;
}

export const createRun = (apply: (edit: Edit, onSplice?: (splice: Splice) => void) => void): Run => {
  let index = 0;
  let deleteCount = 0;
  let insertedLength = 0;
  let parts: Content[] = [];
  let authors: Authorship[] = [];

  const flush = (onSplice?: (splice: Splice) => void): void => {
    const [first] = parts;
    if (first === undefined) return;
    apply({ index, deleteCount, inserted: parts.length === 1 ? first : concat(parts), authors }, onSplice);
    parts = [];
    authors = [];
  };

  const add = (place: number, [at, count, inserted]: Splice): void => {
    if (parts.length > 0) {
      const typesOn = count === 0 && at === index + insertedLength;
      const deletesOn = insertedLength === 0 && inserted.length === 0 && (at === index || at + count === index);
      if (!typesOn && !deletesOn) flush();
    }
    if (parts.length === 0) {
      index = at;
      deleteCount = 0;
      insertedLength = 0;
    }
    if (insertedLength === 0) index = Math.min(index, at);
    deleteCount += count;
    insertedLength += inserted.length;
    parts.push(inserted);
    if (inserted.length > 0) authors.push({ place, length: inserted.length });
  };

  return {
    add: (place, splices, onSplice) => {
      if (onSplice !== undefined) flush();
      for (const splice of splices) {
        add(place, splice);
        if (onSplice !== undefined) flush(onSplice);
      }
    },
    flushIf: (isDue) => {
      if (isDue) flush();
    },
  };
};

const concat = (parts: readonly Content[]): Content => {
  if (typeof parts[0] === 'string') return (parts as readonly string[]).join('');
  const items: Json[] = [];
  for (const part of parts) for (const item of part) items.push(item);
  return items;
};
