/**
 * A token as it is kept: who it stands for and what it opens, with the hash of its secret. The
 * secret has 256 random bits, so one round of SHA-256 is enough: there is nothing to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rights, type Principal, type Right } from './principal.js';

export interface TokenRecord extends Principal {
  readonly hash: string;
  readonly label?: string;
  readonly createdAt: string;
  readonly revokedAt?: string;
}

const idBytes = 6;
const secretBytes = 32;
const prefix = 'rkt';

/** What is shown once, and never kept. */
export const newToken = (): { readonly id: string; readonly token: string; readonly hash: string } => {
  const id = randomBytes(idBytes).toString('hex');
  const token = `${prefix}_${id}_${randomBytes(secretBytes).toString('base64url')}`;
  return { id, token, hash: hashOf(token) };
};

/** The public part of a token's text, which finds its record; undefined for what is no token. */
export const tokenIdOf = (token: string): string | undefined => /^rkt_([0-9a-f]{12})_[\w-]{43}$/.exec(token)?.[1];

export const opens = (record: TokenRecord, token: string): boolean =>
  timingSafeEqual(Buffer.from(record.hash, 'hex'), Buffer.from(hashOf(token), 'hex'));

export const parseTokenRecord = (input: unknown): TokenRecord | undefined => {
  if (typeof input !== 'object' || input === null) return undefined;
  const { id, hash, replicas, agents, rights, createdAt, expiresAt, revokedAt, label } = input as Record<
    string,
    unknown
  >;
  const isSound =
    typeof id === 'string' &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash) &&
    isNames(replicas) &&
    isNames(agents) &&
    isRights(rights) &&
    typeof createdAt === 'string' &&
    [expiresAt, revokedAt, label].every((text) => text === undefined || typeof text === 'string');
  return isSound ? (input as TokenRecord) : undefined;
};

const hashOf = (token: string): string => createHash('sha256').update(token, 'utf8').digest('hex');

export const isNames = (value: unknown): value is readonly string[] | 'any' =>
  value === 'any' || (Array.isArray(value) && value.every((name) => typeof name === 'string'));

export const isRights = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((list) => Array.isArray(list) && list.every((right) => rights.includes(right as Right)));
