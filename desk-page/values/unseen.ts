/**
 * Text as it is, not as it pretends to be: characters that one does not see, or that turn the direction of what one
 * reads, are named instead of obeyed. A value that a person chooses by its looks could otherwise be another one.
 */

/** A piece of text that shows itself, or one character that does not. */
export type Segment =
  | { readonly type: 'plain'; readonly text: string }
  /** A line feed ends a line, so it is shown and obeyed. */
  | { readonly type: 'line-end'; readonly text: string; readonly name: string }
  | { readonly type: 'unseen'; readonly text: string; readonly name: string };

/** Joined pictures (a family, a flag in a colour) stay pictures: there the joiner is what one sees. */
const joinedPictures = String.raw`\p{Extended_Pictographic}[\uFE0F\u{1F3FB}-\u{1F3FF}]*(?:\u200D\p{Extended_Pictographic}[\uFE0F\u{1F3FB}-\u{1F3FF}]*)+|\p{Extended_Pictographic}\uFE0F`;
/** Controls, formatting characters (bidirectional ones among them), blanks that are no space, and halves of a pair. */
const unseenCharacters = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00A0\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2000-\u200A\u202F\u205F\u2800\u3000\u3164\uFE00-\uFE0F\uFFA0\u{E0100}-\u{E01EF}]`;
const pattern = new RegExp(`(${joinedPictures})|(\\r\\n|${unseenCharacters})`, 'gu');

export const segmentsOf = (text: string): readonly Segment[] => {
  const segments: Segment[] = [];
  let plain = '';
  let end = 0;
  const flush = (): void => {
    if (plain !== '') segments.push({ type: 'plain', text: plain });
    plain = '';
  };
  for (const match of text.matchAll(pattern)) {
    plain += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[1] !== undefined) {
      plain += match[0];
      continue;
    }
    flush();
    const name = nameOf(match[0]);
    segments.push({ type: match[0].endsWith('\n') ? 'line-end' : 'unseen', text: match[0], name });
  }
  plain += text.slice(end);
  flush();
  return segments;
};

/** On one line, for titles and for what is read aloud: unseen characters by their code. */
export const spelledOut = (text: string): string =>
  segmentsOf(text)
    .map((segment) => (segment.type === 'plain' ? segment.text : `[${markOf(segment.text)}]`))
    .join('');

/** What stands for a character that is not seen: a sign that everyone knows, or its code. */
export const markOf = (character: string): string => signs[character] ?? codeOf(character);

const signs: Readonly<Record<string, string>> = { '\n': '↵', '\r\n': '↵', '\t': '⇥', '\u00A0': 'nbsp' };

const codeOf = (character: string): string =>
  Array.from(character, (each) => `U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`).join(
    ' ',
  );

const nameOf = (character: string): string => names[character] ?? `unseen character ${codeOf(character)}`;

const names: Readonly<Record<string, string>> = {
  '\n': 'line feed',
  '\r\n': 'carriage return and line feed',
  '\r': 'carriage return',
  '\t': 'tab',
  '\0': 'null character',
  '\u001B': 'escape',
  '\u00A0': 'no-break space',
  '\u00AD': 'soft hyphen',
  '\u061C': 'arabic letter mark',
  '\u200B': 'zero width space',
  '\u200C': 'zero width non-joiner',
  '\u200D': 'zero width joiner',
  '\u200E': 'left-to-right mark',
  '\u200F': 'right-to-left mark',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\u202A': 'left-to-right embedding',
  '\u202B': 'right-to-left embedding',
  '\u202C': 'pop directional formatting',
  '\u202D': 'left-to-right override',
  '\u202E': 'right-to-left override',
  '\u2060': 'word joiner',
  '\u2066': 'left-to-right isolate',
  '\u2067': 'right-to-left isolate',
  '\u2068': 'first strong isolate',
  '\u2069': 'pop directional isolate',
  '\u3000': 'ideographic space',
  '\uFEFF': 'byte order mark',
};
