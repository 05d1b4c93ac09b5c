/**
 * Places in the log as opaque texts. A mark says how far somebody was told; a cursor says how far
 * somebody has read, through which view, and whether anything before it was left out as known. Both name the log, its epoch, a position and what
 * stands there, so that a log that was wiped or brought back is told from the one it was.
 */
import type { HubFacts, HubLog, HubMark } from '../../../application/ports/hub-log.js';
import { ReknitError } from '../../../domain/shared/errors.js';

const version = 1;
const textCharsMax = 2_048;

export const markText = ({ hubId, epoch }: HubFacts, { position, hash }: HubMark): string =>
  encode([version, hubId, epoch, position, hash]);

export const cursorText = (
  { hubId, epoch }: HubFacts,
  { position, hash }: HubMark,
  viewDigest: string,
  isSpared: boolean,
): string => encode([version, hubId, epoch, position, hash, viewDigest, isSpared]);

/** Whether the log still has the history that the mark stands for. */
export const knowsMark = async (log: HubLog, facts: HubFacts, text: string): Promise<boolean> =>
  (await positionOfMark(log, facts, text)) !== undefined;

/** Undefined where the log does not have the history that the mark stands for. */
export const positionOfMark = async (log: HubLog, facts: HubFacts, text: string): Promise<number | undefined> => {
  const place = decode(text, 5);
  return place !== undefined && (await stands(log, facts, place)) ? (place[3] as number) : undefined;
};

/** What a cursor says to its hub. */
export interface CursorPlace {
  /** To read on from. */
  readonly position: number;
  readonly isSpared: boolean;
}

/** Throws `cursor_unknown` for one that does not belong here. */
export const placeOfCursor = async (
  log: HubLog,
  facts: HubFacts,
  text: string,
  viewDigest: string,
): Promise<CursorPlace> => {
  const place = decode(text, 7);
  if (place === undefined || place[5] !== viewDigest || !(await stands(log, facts, place))) throw cursorUnknown();
  return { position: place[3] as number, isSpared: place[6] !== false };
};

export const cursorUnknown = (): ReknitError =>
  new ReknitError(
    'cursor_unknown',
    'the cursor belongs to another hub, another time, another part or other rights: read from the beginning',
  );

const stands = async (log: HubLog, facts: HubFacts, place: readonly unknown[]): Promise<boolean> => {
  const [, hubId, epoch, position, hash] = place;
  if (hubId !== facts.hubId || epoch !== facts.epoch) return false;
  const mark = await log.markAt(position as number);
  return mark !== undefined && mark.hash === hash;
};

const encode = (place: readonly unknown[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const decode = (text: string, parts: number): readonly unknown[] | undefined => {
  if (text.length > textCharsMax) return undefined;
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(place) || place.length !== parts || place[0] !== version) return undefined;
  return Number.isSafeInteger(place[3]) && (place[3] as number) >= 0 ? (place as readonly unknown[]) : undefined;
};
