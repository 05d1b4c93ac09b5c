/**
 * The audit trail is a chain: an entry for each commit, each with the hash of the one before,
 * so a change, a gap or a reordering anywhere breaks every later hash. A chain alone can be
 * recomputed by whoever holds the file; so its head (number and hash) can be kept elsewhere,
 * and a trail is checked against it.
 */
import { canonicalJson } from '../shared/canonical-json.js';
import type { Sha256 } from '../shared/sha256.js';
import type { AuditAct } from './audit-act.js';

/** The end of a trail; kept elsewhere, it shows later whether the trail is still the same. */
export interface AuditHead {
  /** How many entries there are; the number of the last one. */
  readonly count: number;
  readonly hash: string;
}

/** What one commit decided and refused, linked to the entry before. */
export interface AuditEntry {
  /** From 1, without gaps. */
  readonly number: number;
  readonly time: string;
  /** The policy in force; its data stands in the entry that adopted it. */
  readonly policy: string;
  readonly acts: readonly AuditAct[];
  readonly previousHash: string;
  readonly hash: string;
}

/** The head of an empty trail. */
export const auditOrigin: AuditHead = { count: 0, hash: '' };

/** The entry that follows a head. */
export const appendEntry = (
  head: AuditHead,
  time: string,
  policy: string,
  acts: readonly AuditAct[],
  sha256: Sha256,
): AuditEntry => {
  const entry = { number: head.count + 1, time, policy, acts, previousHash: head.hash };
  const text = canonicalJson(acts);
  const written: AuditEntry = { ...entry, hash: entryHash(entry, text, sha256) };
  actTexts.set(acts, text);
  return written;
};

/** Acts of a large commit are long, and whoever stores them needs the text that was hashed. */
const actTexts = new WeakMap<readonly AuditAct[], string>();

/** The canonical text of an entry's acts. */
export const actsText = ({ acts }: Pick<AuditEntry, 'acts'>): string => actTexts.get(acts) ?? canonicalJson(acts);

const entryHash = (entry: Omit<AuditEntry, 'hash'>, acts: string, sha256: Sha256): string =>
  sha256(
    `[${entry.number},${canonicalJson(entry.time)},${canonicalJson(entry.policy)},${acts},${canonicalJson(entry.previousHash)}]`,
  );

/** The first thing found wrong with a trail. */
export type ChainProblem =
  | { readonly type: 'Gap'; readonly number: number; readonly expected: number }
  | { readonly type: 'BrokenLink'; readonly number: number }
  | { readonly type: 'ChangedEntry'; readonly number: number }
  /** It stands there and cannot be read. */
  | { readonly type: 'UnreadableEntry'; readonly number: number }
  | { readonly type: 'HeadMissing'; readonly number: number }
  | { readonly type: 'HeadDiffers'; readonly number: number };

/** Checks entry after entry; `step` gives the head so far, or the first problem. */
export const verifyEntry = (head: AuditHead, entry: AuditEntry, sha256: Sha256): AuditHead | ChainProblem => {
  if (entry.number !== head.count + 1) return { type: 'Gap', number: entry.number, expected: head.count + 1 };
  if (entry.previousHash !== head.hash) return { type: 'BrokenLink', number: entry.number };
  if (entryHash(entry, canonicalJson(entry.acts), sha256) !== entry.hash)
    return { type: 'ChangedEntry', number: entry.number };
  return { count: entry.number, hash: entry.hash };
};

/** Whether `verifyEntry` found something wrong. */
export const isChainProblem = (step: AuditHead | ChainProblem): step is ChainProblem => 'type' in step;
