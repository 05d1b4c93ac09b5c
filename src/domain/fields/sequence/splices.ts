/**
 * What an author may do to a list or a text: `{ "$splice": [[index, deleteCount, inserted], ...] }`,
 * applied in sequence, with positions in the field as the author saw it (R36). A plain value takes
 * the place of everything.
 *
 * Whether an operation fits is asked twice: of its form alone, and of what its author saw (R35).
 */
import type { Json } from '../../shared/json.js';
import { isOperation, type Misfit } from '../field-kind.js';
import { holdsPairs, isPair, type Content, type ContentKind } from './content.js';

export type Splice<Inserted extends Content = Content> = readonly [
  index: number,
  deleteCount: number,
  inserted: Inserted,
];

/** A write of a sequence, by its form. */
export type SequenceWrite =
  | { readonly type: 'replace'; readonly content: Content }
  | { readonly type: 'splice'; readonly splices: readonly Splice[] }
  /** Nothing was said of the field, or what was said has no such form. */
  | { readonly type: 'nothing'; readonly misfit?: Misfit };

const misfit = (code: Misfit['code'], message: string): SequenceWrite => ({
  type: 'nothing',
  misfit: { code, message },
});

export const readSequenceWrite = (
  value: Json | undefined,
  operation: string,
  { isContent, empty }: ContentKind,
): SequenceWrite => {
  if (value === undefined) return { type: 'nothing' };
  if (isContent(value)) return { type: 'replace', content: value };
  const what = typeof empty === 'string' ? 'a text' : 'a list';
  if (!isOperation(value))
    return misfit(
      'invalid_operation',
      `this field is ${what}: give ${what}, or { "$splice": [[index, count, ${what}]] }`,
    );
  const unknown = Object.keys(value).find((key) => key !== '$splice');
  if (unknown !== undefined) return misfit('unknown_operation', `${what} knows no "${unknown}": use "$splice"`);
  if (operation === 'create') return misfit('invalid_operation', `a create gives the whole value: ${what}`);
  const splices = value['$splice'];
  if (!Array.isArray(splices) || !splices.every((splice) => isSplice(splice, isContent)))
    return misfit('invalid_operation', `"$splice" is a list of [index, count of what is deleted, ${what} to insert]`);
  return { type: 'splice', splices: splices as readonly Splice[] };
};

const isSplice = (value: unknown, isContent: (value: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length === 3 && isCount(value[0]) && isCount(value[1]) && isContent(value[2]);

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether all splices lie within a sequence of that length, one after the other. */
export const fitLength = (splices: readonly Splice[], length: number): boolean => {
  let now = length;
  for (const [index, deleteCount, inserted] of splices) {
    if (index > now || deleteCount > now - index) return false;
    now += inserted.length - deleteCount;
  }
  return true;
};

/** Whether some splice would part a character of two code units. */
export const splitsPair = (splices: readonly Splice[], content: Content): boolean => {
  if (typeof content !== 'string') return false;
  const [first] = splices;
  if (first === undefined) return false;
  // The usual case, which looks at two places of a text that may be long.
  if (splices.length === 1) return splitsAt(content, first[0]) || splitsAt(content, first[0] + first[1]);
  if (!holdsPairs(content) && !splices.some(([, , inserted]) => holdsPairs(inserted))) return false;
  let now = content;
  for (const [index, deleteCount, inserted] of splices) {
    if (splitsAt(now, index) || splitsAt(now, index + deleteCount)) return true;
    now = `${now.slice(0, index)}${inserted as string}${now.slice(index + deleteCount)}`;
  }
  return false;
};

export const splitsAt = (text: string, index: number): boolean => isPair(text[index - 1], text[index]);

/** What is wrong with an author's write, given what it saw. */
export const refuseSequenceWrite = (
  value: Json,
  operation: string,
  seen: Json | undefined,
  kind: ContentKind,
): Misfit | undefined => {
  const write = readSequenceWrite(value, operation, kind);
  if (write.type === 'nothing') return write.misfit;
  if (write.type === 'replace') return undefined;
  const content = kind.isContent(seen) ? seen : kind.empty;
  if (!fitLength(write.splices, content.length))
    return {
      code: 'position_beyond_end',
      message: `a splice reaches beyond its end: it has ${content.length} ${typeof content === 'string' ? 'characters' : 'items'}`,
    };
  if (splitsPair(write.splices, content))
    return {
      code: 'splits_surrogate_pair',
      message: 'a splice begins or ends within a character that is two code units: move it before or after',
    };
  return undefined;
};

/** Splices one after the other as few: those that meet are one. */
export const joinSplices = (splices: readonly Splice[]): readonly Splice[] => {
  const joined: Splice[] = [];
  for (const [index, deleteCount, inserted] of splices) {
    const last = joined.at(-1);
    if (last !== undefined && last[0] + last[2].length === index)
      joined[joined.length - 1] = [last[0], last[1] + deleteCount, concat(last[2], inserted)];
    else joined.push([index, deleteCount, inserted]);
  }
  return joined;
};

const concat = (a: Content, b: Content): Content =>
  typeof a === 'string' ? `${a}${b as string}` : [...a, ...(b as readonly Json[])];
