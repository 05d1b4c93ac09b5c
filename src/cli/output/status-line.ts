/** One line that says how things stand: written over itself on a terminal, one after the other elsewhere. */
import type { Output } from './output.js';

export interface StatusLine {
  readonly update: (text: string) => void;
  readonly stop: () => void;
}

const widthByDefault = 80;

export const createStatusLine = ({ isJson, remarks, note }: Output): StatusLine => {
  let shown = '';
  if (isJson) return { update: () => undefined, stop: () => undefined };
  if (remarks.isTTY !== true)
    return {
      update: (text) => {
        if (text !== shown) note(text);
        shown = text;
      },
      stop: () => undefined,
    };
  return {
    update: (text) => {
      const { columns = widthByDefault } = remarks as { readonly columns?: number };
      // A line that breaks could not be taken back.
      const fitting = text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
      if (fitting !== shown) remarks.write(`\r\u001B[K${fitting}`);
      shown = fitting;
    },
    stop: () => {
      remarks.write('\r\u001B[K');
    },
  };
};
