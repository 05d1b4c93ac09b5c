/** The HTTP side put together: guards first, then routes; and one form for whatever goes wrong. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { HubCore } from '../core.js';
import type { MetricsAudience } from '../options.js';
import { problem, problemBody, problemOf } from '../problems.js';
import type { PageReader } from '../exchange/pull.js';
import type { HubContext, HubEnv } from './env.js';
import { limited, ofAllowedOrigin, readWithinBounds, routeOf, watched } from './guards.js';
import { addOperatorRoutes } from './operator-routes.js';
import { createBodyReader } from './read-body.js';
import { addRoutes } from './routes.js';
import type { RequestSchemas } from './schemas.js';

export interface AppDeps {
  readonly core: HubCore;
  readonly schemas: RequestSchemas;
  readonly pages: PageReader;
  readonly basePath: string;
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly metricsAudience: MetricsAudience;
  readonly isClosing: () => boolean;
  readonly addressOf: (context: HubContext) => string;
}

export const createApp = (deps: AppDeps): OpenAPIHono<HubEnv> => {
  const { core, basePath, isAllowedOrigin, isClosing, addressOf } = deps;
  const app = new OpenAPIHono<HubEnv>({
    defaultHook: (result) => {
      if (!result.success) throw problem('bad_request', issueOf(result.error));
    },
  });
  const told = (context: HubContext, error: unknown) => {
    // The framework's own: it is thrown where a body is no JSON.
    const found = problemOf(error instanceof HTTPException ? problem('bad_request', 'the body is no JSON') : error);
    if (found.status === 500) core.logger.error('a request failed', { route: routeOf(context), error: textOf(error) });
    if (found.retryAfterMs !== undefined) context.header('retry-after', String(Math.ceil(found.retryAfterMs / 1_000)));
    // The rest of a body that was refused is not read, so nothing can follow it on this connection.
    if (found.status === 408 || found.status === 413) context.header('connection', 'close');
    return context.json(problemBody(found), found.status);
  };
  app.onError((error, context) => told(context, error));
  app.notFound((context) =>
    told(context, problem('not_found', 'the hub answers nothing at this path: check the address, and its base path')),
  );

  app.use(watched(core, isAllowedOrigin));
  app.use(limited(core, addressOf));
  app.use(ofAllowedOrigin(isAllowedOrigin));
  app.use(`${basePath}/v1/*`, async (_context, next) => {
    if (isClosing()) throw problem('shutting_down', 'the hub is shutting down: try again in a moment');
    await next();
  });
  app.use(`${basePath}/v1/*`, readWithinBounds(core, createBodyReader(core.limits, core.clock), addressOf));
  addRoutes(app, deps);
  addOperatorRoutes(app, deps);
  for (const name of ['hello', 'heads', 'push', 'pull'])
    app.all(`${basePath}/v1/${name}`, () => {
      throw problem('method_not_allowed', 'this is asked with POST');
    });
  app.get(`${basePath}/v1/live`, () => {
    throw problem('bad_request', 'this is opened as a WebSocket');
  });
  return app;
};

/** The first thing that is wrong, by its place in the request. */
const issueOf = ({
  issues,
}: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string => {
  const [first] = issues;
  const place = first?.path.map(String).join('.') ?? '';
  return `${place === '' ? 'the body' : `"${place.slice(0, 200)}"`} does not fit: ${first?.message.slice(0, 200) ?? ''}`;
};

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
