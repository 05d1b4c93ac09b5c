/**
 * What every request goes through before it is answered: counted and told to the log without what
 * it carries, limited by address, refused to pages of other origins, and read within bounds.
 */
import type { MiddlewareHandler } from 'hono';
import type { HubCore } from '../core.js';
import { problem, tooMany } from '../problems.js';
import type { HubContext, HubEnv } from './env.js';
import type { BodyReader } from './read-body.js';

type Guard = MiddlewareHandler<HubEnv>;

/** The last part of a path that is known; anything else would let strangers name our labels. */
export const routeOf = ({ req }: HubContext): string => {
  const name = req.path.slice(req.path.lastIndexOf('/') + 1);
  return knownRoutes.has(name) ? name : 'other';
};

const knownRoutes: ReadonlySet<string> = new Set([
  'hello',
  'heads',
  'push',
  'pull',
  'live',
  'healthz',
  'readyz',
  'metrics',
  'openapi.json',
]);

export const watched =
  ({ clock, metrics, logger }: HubCore, isAllowedOrigin: (origin: string) => boolean): Guard =>
  async (context, next) => {
    const startedMs = clock.nowMs();
    await next();
    const { status } = context.res;
    const milliseconds = clock.nowMs() - startedMs;
    const route = routeOf(context);
    metrics.request(route, status, milliseconds / 1_000);
    context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
    context.header('vary', 'origin, accept-encoding');
    const origin = context.req.header('origin');
    if (origin !== undefined && isAllowedOrigin(origin)) {
      context.header('access-control-allow-origin', origin);
      context.header('access-control-expose-headers', 'retry-after');
    }
    logger[status >= 500 ? 'warn' : 'debug']('answered', { method: context.req.method, route, status, milliseconds });
  };

export const limited =
  ({ byAddress, clock }: HubCore, addressOf: (context: HubContext) => string): Guard =>
  async (context, next) => {
    const waitMs = byAddress.take(addressOf(context), 1, clock.nowMs());
    if (waitMs > 0) throw tooMany(waitMs);
    await next();
  };

export const ofAllowedOrigin =
  (isAllowedOrigin: (origin: string) => boolean): Guard =>
  async (context, next) => {
    const origin = context.req.header('origin');
    if (origin !== undefined && !isAllowedOrigin(origin))
      throw problem('forbidden', 'pages of this origin may not call this hub');
    if (context.req.method !== 'OPTIONS' || origin === undefined) return next();
    return context.body(null, 204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, content-encoding',
      'access-control-max-age': '600',
    });
  };

/** So much of a body costs its address one request more. */
const charsPerCost = 64 * 1024;

export const readWithinBounds =
  (core: HubCore, readBody: BodyReader, addressOf: (context: HubContext) => string): Guard =>
  async (context, next) => {
    if (context.req.method !== 'POST') return next();
    const { raw } = context.req;
    const address = addressOf(context);
    const { text, bytes } = await readBody(raw, address);
    core.metrics.received(bytes);
    // It is looked at before anybody has said who is there, and that costs what is in it.
    const waitMs = core.byAddress.take(address, Math.floor(text.length / charsPerCost), core.clock.nowMs());
    if (waitMs > 0) throw tooMany(waitMs);
    // Whoever reads the body from here on is given this text: in a request made anew it would be written and read once
    // more. What the framework keeps there is a promise, whatever its types say.
    context.req.bodyCache.text = Promise.resolve(text) as unknown as string;
    return next();
  };
