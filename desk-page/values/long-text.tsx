/**
 * A long text by its beginning, and whole in a window of its own. Whole means all of it, however long: only the part
 * that is scrolled to is in the page, so a megabyte costs no more than a screen.
 */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { VirtualList } from '../lists/virtual-list.js';
import { Dialog } from '../parts/dialog.js';
import { Marked, VisibleText } from './visible-text.js';

/** Characters shown of a text that is longer than that. */
const shownCharactersMax = 600;
/** Characters of one piece of a whole text; what is measured and placed as one. */
const pieceCharacters = 1_500;

export const LongText = ({
  text,
  max = shownCharactersMax,
}: {
  readonly text: string;
  readonly max?: number;
}): JSX.Element => {
  const [isWhole, setWhole] = useState(false);
  if (text.length <= max * 1.25) return <VisibleText text={text} />;
  return (
    <>
      <VisibleText text={sliceOf(text, 0, max)} />
      <span class="word"> … </span>
      <button type="button" class="button small" onClick={() => setWhole(true)}>
        Show all {text.length.toLocaleString()} characters
      </button>
      {isWhole && <WholeText text={text} onClose={() => setWhole(false)} />}
    </>
  );
};

export const WholeText = ({ text, onClose }: { readonly text: string; readonly onClose: () => void }): JSX.Element => {
  const pieces = useMemo(() => piecesOf(text), [text]);
  return (
    <Dialog title={`The whole value, ${text.length.toLocaleString()} characters`} isWide onClose={onClose}>
      <VirtualList
        label="Whole value"
        class="whole-text"
        count={pieces.length}
        rowHeightPx={360}
        isMeasured
        row={(index) => <Marked text={pieces[index] ?? ''} />}
      />
    </Dialog>
  );
};

/** Never between the halves of a character. */
const sliceOf = (text: string, start: number, end: number): string =>
  text.slice(start, isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end);

const piecesOf = (text: string): readonly string[] => {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const piece = sliceOf(text, start, Math.min(text.length, start + pieceCharacters));
    pieces.push(piece);
    start += piece.length;
  }
  return pieces;
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
