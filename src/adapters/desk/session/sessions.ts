/**
 * Who is signed in. A session is made by a one-time link or by a token, lives in this process alone, and ends by
 * itself. One that was made by a token is worth what the token is worth: it is asked about at every call.
 */
import type { DeskClock, DeskLimits, DeskPerson, DeskSignIn } from '../options.js';
import { problem } from '../problems.js';
import { hashOf, newSecret } from './secrets.js';

export interface DeskSession {
  /** The cookie's value. */
  readonly secret: string;
  readonly csrfToken: string;
  readonly expiresMs: number;
  readonly person: DeskPerson;
}

export interface Sessions {
  /** A code that opens one session, for the desk's owner. */
  readonly newLinkCode: () => string;
  /** Undefined where the code was used, has expired, or never was. */
  readonly enter: (code: string) => DeskSession | undefined;
  readonly signIn: (token: string, agentId: string | undefined, address: string) => Promise<DeskSession | undefined>;
  readonly find: (secret: string, address: string) => Promise<DeskSession | undefined>;
  readonly end: (secret: string) => void;
  readonly close: () => void;
}

interface Kept extends Omit<DeskSession, 'secret' | 'person'> {
  readonly owner?: DeskPerson;
  readonly token?: string;
  readonly agentId?: string | undefined;
}

export interface SessionsDeps {
  readonly limits: DeskLimits;
  readonly clock: DeskClock;
  readonly owner: DeskPerson;
  readonly signIn: DeskSignIn | undefined;
  readonly onLinkUsed: () => void;
}

const minuteMs = 60_000;

export const createSessions = ({ limits, clock, owner, signIn, onLinkUsed }: SessionsDeps): Sessions => {
  const links = new Map<string, number>();
  const sessions = new Map<string, Kept>();
  /** Of each address within this minute. */
  let tries = new Map<string, number>();
  let minute = 0;

  const begin = (kept: Pick<Kept, 'owner' | 'token' | 'agentId'>, person: DeskPerson): DeskSession => {
    for (const [key, { expiresMs }] of sessions) if (expiresMs <= clock.nowMs()) sessions.delete(key);
    for (const key of sessions.keys()) if (sessions.size >= limits.sessionsMax) sessions.delete(key);
    const secret = newSecret();
    const session = { csrfToken: newSecret(), expiresMs: clock.nowMs() + limits.sessionMsMax };
    sessions.set(hashOf(secret), { ...session, ...kept });
    return { ...session, secret, person };
  };

  const enter: Sessions['enter'] = (code) => {
    const key = hashOf(code);
    const expiresMs = links.get(key);
    if (expiresMs === undefined) return undefined;
    links.delete(key);
    onLinkUsed();
    return expiresMs > clock.nowMs() ? begin({ owner }, owner) : undefined;
  };

  const countTry = (address: string): void => {
    const now = Math.floor(clock.nowMs() / minuteMs);
    if (now !== minute) tries = new Map();
    minute = now;
    const count = (tries.get(address) ?? 0) + 1;
    tries.set(address, count);
    if (count > limits.signInsPerMinute)
      throw problem('too_many_requests', 'too many tries to sign in: wait a minute', { retryAfterMs: minuteMs });
  };

  return {
    newLinkCode: () => {
      for (const key of links.keys()) if (links.size >= limits.linksMax) links.delete(key);
      const code = newSecret();
      links.set(hashOf(code), clock.nowMs() + limits.linkMsMax);
      return code;
    },
    enter,
    signIn: async (token, agentId, address) => {
      countTry(address);
      const entered = enter(token);
      if (entered !== undefined) return entered;
      const person = await signIn?.(token, { agentId, address });
      return person === undefined ? undefined : begin({ token, agentId }, person);
    },
    find: async (secret, address) => {
      const kept = sessions.get(hashOf(secret));
      if (kept === undefined) return undefined;
      const { owner: keptOwner, token = '', agentId, csrfToken, expiresMs } = kept;
      const isOver = expiresMs <= clock.nowMs();
      const person = isOver ? undefined : (keptOwner ?? (await signIn?.(token, { agentId, address })));
      if (person !== undefined) return { secret, csrfToken, expiresMs, person };
      sessions.delete(hashOf(secret));
      return undefined;
    },
    end: (secret) => {
      sessions.delete(hashOf(secret));
    },
    close: () => {
      links.clear();
      sessions.clear();
    },
  };
};
