/**
 * Tokens in a file beside the hub's database: made and revoked by a program, seen by running hubs
 * of other processes within half a second. The file holds hashes, so who reads it gets in nowhere.
 */
import { checkArgument, isObject, isText } from '../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import { systemHubClock, type HubClock } from '../options.js';
import { isExpired, type Authenticate, type Principal, type Rights } from './principal.js';
import { changeTokenFile, fileStamp, readTokenFile } from './token-file.js';
import { isNames, isRights, newToken, opens, tokenIdOf, type TokenRecord } from './token-record.js';

/** What a token is to allow. */
export interface NewToken {
  readonly replicas: readonly string[] | 'any';
  readonly agents: readonly string[] | 'any';
  readonly rights: Rights;
  readonly expiresAt?: string;
  readonly label?: string;
}

/** A token as it is listed: without the hash. */
export type ListedToken = Omit<TokenRecord, 'hash'>;

/** Tokens in a file: hashes alone, as nobody can read a token back. */
export interface TokenList {
  readonly authenticate: Authenticate;
  /** Calls back when the list has changed, by whatever program. */
  readonly watch: (onChange: () => void) => () => void;
  /** The token's text is in the answer, and nowhere else. */
  readonly add: (token: NewToken) => Promise<{ readonly token: string; readonly record: ListedToken }>;
  readonly list: () => Promise<readonly ListedToken[]>;
  /** What it opened is closed. Throws `token_unknown`. */
  readonly revoke: (id: string) => Promise<ListedToken>;
  readonly close: () => void;
}

/** Which file. */
export interface TokenListOptions {
  readonly file: string;
  readonly clock?: HubClock;
}

const lookMs = 500;

/** Opens a file of tokens as a hub's authentication; changes of it are seen at once. */
export const openTokenList = (options: TokenListOptions): TokenList => {
  checkArgument(isObject(options) && isText(options.file), 'openTokenList', 'file', 'the path of a file');
  const { file, clock = systemHubClock } = options;
  let records: ReadonlyMap<string, TokenRecord> = new Map();
  let stamp: string | undefined;
  let isRead = false;
  const listeners = new Set<() => void>();
  let cancelLook: (() => void) | undefined;

  /** Answers whether anything changed. Asking for the stamp costs microseconds, so everyone who comes does. */
  const refresh = (): boolean => {
    const now = fileStamp(file);
    if (isRead && now === stamp) return false;
    records = new Map(readTokenFile(file).map((record) => [record.id, record]));
    stamp = now;
    isRead = true;
    for (const listener of listeners) listener();
    return true;
  };
  const look = (): void => {
    cancelLook = clock.after(lookMs, look);
    try {
      refresh();
    } catch {
      // Whoever comes in meanwhile is told; those who are in stay until it can be read again.
    }
  };
  refresh();

  return {
    authenticate: (token): Principal | undefined => {
      refresh();
      const id = token === undefined ? undefined : tokenIdOf(token);
      const record = id === undefined ? undefined : records.get(id);
      if (record === undefined || token === undefined || !opens(record, token)) return undefined;
      if (record.revokedAt !== undefined || isExpired(record, clock.nowMs())) return undefined;
      return record;
    },
    watch: (onChange) => {
      const own = (): void => onChange();
      listeners.add(own);
      cancelLook ??= clock.after(lookMs, look);
      return () => {
        listeners.delete(own);
        if (listeners.size > 0) return;
        cancelLook?.();
        cancelLook = undefined;
      };
    },
    add: async (wanted) => {
      checkWanted(wanted, clock.nowMs());
      const { id, token, hash } = newToken();
      const record: TokenRecord = { id, hash, ...wanted, createdAt: new Date(clock.nowMs()).toISOString() };
      await changeTokenFile(file, (tokens) => ({ tokens: [...tokens, record], value: undefined }));
      return { token, record: listed(record) };
    },
    list: async () => readTokenFile(file).map(listed),
    revoke: async (id) =>
      changeTokenFile(file, (tokens) => {
        const found = tokens.find((record) => record.id === id);
        if (found === undefined)
          throw new ReknitError('token_unknown', `there is no token ${id}: see "reknit hub token list"`, { id });
        const revoked = { ...found, revokedAt: found.revokedAt ?? new Date(clock.nowMs()).toISOString() };
        return { tokens: tokens.map((record) => (record === found ? revoked : record)), value: listed(revoked) };
      }),
    close: () => {
      listeners.clear();
      cancelLook?.();
      cancelLook = undefined;
    },
  };
};

/** One record that is none would make a damaged list of the file, and keep everyone out. */
const checkWanted = (wanted: NewToken, nowMs: number): void => {
  const wrong = (member: string, what: string): never => {
    throw new ReknitError('wrong_type', `"${member}" of a token must be ${what}`, { member });
  };
  const { replicas, agents, rights, expiresAt, label } = wanted;
  for (const [member, names] of Object.entries({ replicas, agents }))
    if (!isNames(names) || names.length === 0) wrong(member, 'a list of names, or "any"');
  if (!isRights(rights)) wrong('rights', 'an object from resource type, or *, to a list of rights');
  if (label !== undefined && typeof label !== 'string') wrong('label', 'a text');
  if (expiresAt !== undefined && !(typeof expiresAt === 'string' && Date.parse(expiresAt) > nowMs))
    wrong('expiresAt', 'a time that is still to come, such as 2027-01-01T00:00:00.000Z');
};

const listed = ({ hash: _hash, ...rest }: TokenRecord): ListedToken => rest;
