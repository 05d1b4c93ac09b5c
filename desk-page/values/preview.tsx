/** The beginning of a value's JSON on one line, as lists show it. */
import type { JSX } from 'preact';
import type { ShownValue as ShownByServer, ValuePreview } from '../../src/adapters/desk/api/index.js';
import type { Json } from './json.js';
import { VisibleText } from './visible-text.js';

/** Texts lose their quotes here too, unless they could be taken for something else. */
export const PreviewText = ({
  preview,
  max = 90,
}: {
  readonly preview: ValuePreview | undefined;
  readonly max?: number;
}): JSX.Element => {
  if (preview === undefined) return <span class="value word muted">not set</span>;
  const text = plainText(preview);
  const isCut = text.length > max || preview.text.length < preview.length;
  return (
    <span class="value prose">
      <VisibleText text={text.slice(0, max)} />
      {isCut && '…'}
    </span>
  );
};

const plainText = ({ text, length }: ValuePreview): string => {
  const isWhole = text.length === length;
  if (!text.startsWith('"')) return text;
  if (!isWhole) return `“${unescaped(text)}`;
  const inner = JSON.parse(text) as string;
  return /^[^\s"[{\d-].*\S$|^[^\s"[{\d-]$/su.test(inner) && !['true', 'false', 'null'].includes(inner)
    ? inner
    : `“${inner}”`;
};

/** The beginning of a JSON text, which may end within an escape. */
const unescaped = (text: string): string => {
  for (let end = text.length; end > Math.max(0, text.length - 6); end -= 1) {
    try {
      return JSON.parse(`${text.slice(0, end)}"`) as string;
    } catch {
      continue;
    }
  }
  return text.slice(1);
};

export const previewOf = (value: Json): ValuePreview => {
  const text = JSON.stringify(value);
  return { text: text.slice(0, 200), length: text.length };
};

/** The value itself, where the server sent it whole. */
export const wholeValueOf = (shown: ShownByServer | undefined): Json | undefined =>
  shown !== undefined && 'value' in shown ? shown.value : undefined;
