/**
 * How one value differs from another, character by character where both are texts, for people. Marks are colours on a
 * terminal that has them, and brackets as in `git diff --word-diff` elsewhere, so that nothing rests on colour alone.
 */
import diff from 'fast-diff';
import type { Json } from '../../index.js';
import type { Colors } from './output.js';
import { visibleValue } from './visible.js';

export interface DifferencePart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Comparing takes time by length times differences; longer texts are shown as replaced. */
const comparedMax = 20_000;
/** Of what is equal between two differences, so much is shown at each end. */
const contextCharacters = 40;

const kinds = { [diff.EQUAL]: 'same', [diff.DELETE]: 'removed', [diff.INSERT]: 'added' } as const;

/** The parts that lead from one value to another, in order; one part where they are equal. */
export const differencesBetween = (before: Json | undefined, after: Json | undefined): readonly DifferencePart[] => {
  const [from, to] = [visibleValue(before), visibleValue(after)];
  if (from === to) return [{ kind: 'same', text: from }];
  const areTexts = typeof before === 'string' && typeof after === 'string';
  if (!areTexts || from.length + to.length > comparedMax || shareTooLittle(from, to))
    return [
      { kind: 'removed', text: from },
      { kind: 'added', text: to },
    ];
  return diff(from, to, undefined, true).map(([kind, text]) => ({ kind: kinds[kind], text }));
};

/** Two words that have a letter in common are not the same word with changes. */
const shareTooLittle = (from: string, to: string): boolean => {
  const same = diff(from, to, undefined, true).reduce(
    (sum, [kind, text]) => (kind === diff.EQUAL ? sum + text.length : sum),
    0,
  );
  return same * 2 <= Math.min(from.length, to.length);
};

/** @param isWhole also shows what is equal in full */
export const markedDifferences = (
  parts: readonly DifferencePart[],
  colors: Colors,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): string =>
  parts
    .map(({ kind, text }, index) => {
      switch (kind) {
        case 'same':
          return isWhole ? text : elided(text, index > 0, index < parts.length - 1);
        case 'removed':
          return colors.isColorSupported ? colors.red(colors.strikethrough(text)) : `[-${text}-]`;
        case 'added':
          return colors.isColorSupported ? colors.green(text) : `{+${text}+}`;
      }
    })
    .join('');

const elided = (text: string, hasBefore: boolean, hasAfter: boolean): string => {
  const characters = Array.from(text);
  const [head, tail] = [hasBefore ? contextCharacters : 0, hasAfter ? contextCharacters : 0];
  // What stands alone is the whole value, and is shortened at its end.
  if (!hasBefore && !hasAfter)
    return characters.length <= aloneMax ? text : `${characters.slice(0, aloneMax - 1).join('')}…`;
  // What is left out should be more than a few words.
  if (characters.length <= 2 * (head + tail)) return text;
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`;
};

const aloneMax = 400;
