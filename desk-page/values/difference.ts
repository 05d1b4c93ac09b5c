/**
 * What became of a value: which members and items changed, and in a text which characters. The parts of a text put
 * together are the two texts again, so nothing that differs can go unshown.
 */
import diff from 'fast-diff';
import type { Json } from './json.js';
import { isList, isRecord, sameValue } from './json.js';

/** A stretch of a text: in both, or in one of the two only. */
export interface TextPart {
  readonly type: 'same' | 'added' | 'removed';
  readonly text: string;
}

export type Difference =
  | { readonly type: 'same'; readonly value: Json | undefined }
  | { readonly type: 'added'; readonly to: Json }
  | { readonly type: 'removed'; readonly from: Json }
  | { readonly type: 'replaced'; readonly from: Json; readonly to: Json }
  | { readonly type: 'text'; readonly parts: readonly TextPart[] }
  | { readonly type: 'members'; readonly members: readonly { readonly key: string; readonly difference: Difference }[] }
  | { readonly type: 'items'; readonly items: readonly Difference[] };

/** Texts that differ in more than so many characters are shown whole, side by side: nobody reads a finer difference. */
const comparedCharactersMax = 20_000;
/** Lists longer than this are compared as a whole: each item needs a character of its own. */
const comparedItemsMax = 2_000;
/** Texts that share less than this part of the shorter one, or no stretch as long as a word, are easier to read apart. */
const sharedPartMin = 0.4;
const sharedStretchMin = 4;

/** `undefined` is absent. */
export const differenceOf = (from: Json | undefined, to: Json | undefined): Difference => {
  if (from === undefined) return to === undefined ? { type: 'same', value: undefined } : { type: 'added', to };
  if (to === undefined) return { type: 'removed', from };
  if (sameValue(from, to)) return { type: 'same', value: to };
  if (typeof from === 'string' && typeof to === 'string') return textDifference(from, to);
  if (isList(from) && isList(to)) return itemDifference(from, to);
  if (isRecord(from) && isRecord(to)) return memberDifference(from, to);
  return { type: 'replaced', from, to };
};

const textDifference = (from: string, to: string): Difference => {
  const shared = sharedEnds(from, to);
  if (Math.max(from.length, to.length) - shared > comparedCharactersMax) return { type: 'replaced', from, to };
  const parts = diff(from, to, undefined, true).map(([kind, text]): TextPart => ({ type: kindOf(kind), text }));
  const stretches = parts.filter(({ type }) => type === 'same').map(({ text }) => text.length);
  const isAlike =
    Math.max(0, ...stretches) >= sharedStretchMin &&
    stretches.reduce((sum, length) => sum + length, 0) >= sharedPartMin * Math.min(from.length, to.length);
  return !isAlike ? { type: 'replaced', from, to } : { type: 'text', parts };
};

const kindOf = (kind: number): TextPart['type'] =>
  kind === diff.EQUAL ? 'same' : kind === diff.INSERT ? 'added' : 'removed';

const sharedEnds = (from: string, to: string): number => {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < most - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end += 1;
  return start + end;
};

const memberDifference = (from: Readonly<Record<string, Json>>, to: Readonly<Record<string, Json>>): Difference => ({
  type: 'members',
  members: [...new Set([...Object.keys(from), ...Object.keys(to)])].map((key) => ({
    key,
    difference: differenceOf(memberOf(from, key), memberOf(to, key)),
  })),
});

/** `__proto__` and its like are members only where somebody wrote them. */
const memberOf = (value: Readonly<Record<string, Json>>, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

/** Each distinct item stands for one character, so that a difference of texts is one of lists. */
const itemDifference = (from: readonly Json[], to: readonly Json[]): Difference => {
  if (from.length + to.length > comparedItemsMax) return { type: 'replaced', from, to };
  const characters = new Map<string, string>();
  const spell = (list: readonly Json[]): string =>
    list
      .map((item) => {
        const key = JSON.stringify(item);
        const character = characters.get(key) ?? String.fromCharCode(firstStandIn + characters.size);
        characters.set(key, character);
        return character;
      })
      .join('');
  const items: Difference[] = [];
  let [before, after] = [0, 0];
  for (const [kind, text] of diff(spell(from), spell(to)))
    for (let index = 0; index < text.length; index += 1) {
      if (kind === diff.DELETE) items.push({ type: 'removed', from: from[before] ?? null });
      else if (kind === diff.INSERT) items.push({ type: 'added', to: to[after] ?? null });
      else items.push({ type: 'same', value: to[after] });
      if (kind !== diff.INSERT) before += 1;
      if (kind !== diff.DELETE) after += 1;
    }
  return { type: 'items', items };
};

/** The characters for private use, of which there are more than items are compared. */
const firstStandIn = 0xe000;
