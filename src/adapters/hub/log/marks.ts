/**
 * Marks (H12). What is appended at once gets a random tag: a log that was restored from a copy and written
 * to since has other tags from there on, whatever it was refilled with. A hash over the entries would
 * cost more, and one of the last entry alone would call two histories the same that end alike.
 */
import { randomBytes } from 'node:crypto';

const tagBytes = 8;

export const newTag = (): Buffer => randomBytes(tagBytes);

/** Stands for the beginning of every log. */
export const beginning = '';
