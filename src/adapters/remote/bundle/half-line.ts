/**
 * Is the last line, which nothing ended, all there? Half an object is never JSON, so one
 * that is JSON is whole, and only its end is missing.
 */
import type { TextLine } from './line-splitter.js';

/** Begun as an event, or the zeros that a lost write leaves; anything else was put there by somebody, and stays. */
export const isHalfLine = ({ text, problem }: TextLine): boolean => {
  // Half a character at the end is half a line, but no event was ever so long.
  if (problem?.code === 'too_large') return false;
  return text.startsWith('\0') || (text.startsWith('{') && !isWholeObject(text));
};

export const isWholeObject = (text: string): boolean => {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};
