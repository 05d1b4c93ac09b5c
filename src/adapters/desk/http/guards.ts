/**
 * What every request goes through: only under a name of ours (a page elsewhere that had its name lead here would
 * otherwise be of our origin), changes only from our own page and with its token, and headers that forbid a browser
 * everything that the page does not need.
 */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { DeskCore } from '../core.js';
import { problem } from '../problems.js';
import { isSameSecret } from '../session/secrets.js';
import { sessionSecretOf } from './cookie.js';
import { addressOf, type DeskContext, type DeskEnv } from './env.js';

type Guard = MiddlewareHandler<DeskEnv>;

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const fixedHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export const withHeaders = ({ logger, clock, basePath }: Pick<DeskCore, 'logger' | 'clock' | 'basePath'>): Guard => {
  return async (context, next) => {
    const startedMs = clock.nowMs();
    await next();
    for (const [name, value] of Object.entries(fixedHeaders)) context.res.headers.set(name, value);
    if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store');
    const { status } = context.res;
    // Without the path's query and the ids in it: a log is read by people with fewer rights.
    logger[status >= 500 ? 'warn' : 'debug']('answered', {
      method: context.req.method,
      route: context.req.path.slice(basePath.length).split('/').slice(0, 3).join('/').slice(0, 80),
      status,
      milliseconds: clock.nowMs() - startedMs,
    });
  };
};

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** @param origins without any, this machine's names */
export const underOurName = (origins: readonly string[]): Guard => {
  const hosts = new Set(origins.map((origin) => new URL(origin).host));
  return async ({ req }, next) => {
    const host = (req.header('host') ?? new URL(req.url).host).toLowerCase();
    if (hosts.size > 0 ? !hosts.has(host) : !loopbackName.test(host))
      throw problem('forbidden', 'this desk is not served under that name: open it by its own address');
    await next();
  };
};

const notFromOurPage =
  "a change is asked for with the desk's own address in the header Origin, as its page does: a page of another address cannot; a program sets that header, and x-csrf-token";

const isChange = (method: string): boolean => method !== 'GET' && method !== 'HEAD';

export const fromOurPage = (origins: readonly string[]): Guard => {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  const isOurs = (origin: string, host: string): boolean => {
    if (allowed.size > 0) return allowed.has(origin);
    return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host;
  };
  return async ({ req }, next) => {
    const origin = req.header('origin');
    const site = req.header('sec-fetch-site');
    const host = (req.header('host') ?? new URL(req.url).host).toLowerCase();
    // Reading needs no origin, but a page of another one has nothing to read here either.
    const isForeign = origin === undefined ? isChange(req.method) : !isOurs(origin, host);
    const isElsewhere = isChange(req.method) && site !== undefined && site !== 'same-origin';
    if (isForeign || isElsewhere) throw problem('forbidden', notFromOurPage);
    await next();
  };
};

export const withinBodyLimit = (bodyBytesMax: number): Guard =>
  bodyLimit({
    maxSize: bodyBytesMax,
    onError: () => {
      throw problem('body_too_large', `the body has more than ${bodyBytesMax} bytes: send less at once`, {
        bodyBytesMax,
      });
    },
  });

/** Bodies are JSON: a form of another page cannot send that without being asked first. */
export const asJson: Guard = async ({ req }, next) => {
  if (req.method === 'POST' && !/^application\/json(?:\s*;|$)/i.test(req.header('content-type') ?? ''))
    throw problem('unsupported_type', 'the body has to be application/json');
  await next();
};

export const signedIn =
  ({ sessions }: Pick<DeskCore, 'sessions'>): Guard =>
  async (context, next) => {
    const session = await sessionFor(sessions, context);
    if (session === undefined)
      throw problem('unauthorized', 'nobody is signed in: open a new link of the desk, or sign in with a token');
    if (isChange(context.req.method) && !isSameSecret(context.req.header('x-csrf-token') ?? '', session.csrfToken))
      throw problem('forbidden', "the CSRF token is missing or another session's: load the page again");
    context.set('session', session);
    await next();
  };

export const sessionFor = async (sessions: DeskCore['sessions'], context: DeskContext) => {
  const secret = sessionSecretOf(context);
  return secret === undefined || secret === '' ? undefined : sessions.find(secret, addressOf(context));
};
