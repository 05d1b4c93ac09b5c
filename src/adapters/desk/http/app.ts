/** The HTTP side put together: guards first, then routes; and one form for whatever goes wrong. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { DeskCore } from '../core.js';
import type { LiveDesk } from '../live.js';
import { problem, problemBody, problemOf } from '../problems.js';
import { addAuditRoutes } from '../routes/audit-routes.js';
import { addBulkRoutes } from '../routes/bulk-routes.js';
import { addConflictRoutes } from '../routes/conflict-routes.js';
import { addDecisionRoutes } from '../routes/decision-routes.js';
import { addOverviewRoutes } from '../routes/overview-routes.js';
import { addResourceRoutes } from '../routes/resource-routes.js';
import { addRuleRoutes } from '../routes/rule-routes.js';
import { addSessionRoutes, addSignIn } from '../routes/session-routes.js';
import { addressOf, type DeskContext, type DeskEnv } from './env.js';
import { asJson, fromOurPage, signedIn, underOurName, withHeaders, withinBodyLimit } from './guards.js';
import { addPage } from './page.js';

export interface DeskAppDeps {
  readonly core: DeskCore;
  readonly live: LiveDesk;
  readonly origins: readonly string[];
  readonly pageFolder: string | undefined;
  readonly isClosing: () => boolean;
}

export const createDeskApp = ({ core, live, origins, pageFolder, isClosing }: DeskAppDeps): OpenAPIHono<DeskEnv> => {
  const app = new OpenAPIHono<DeskEnv>({
    defaultHook: (result) => {
      if (!result.success) throw problem('bad_request', issueOf(result.error));
    },
  }).basePath(core.basePath === '' ? '/' : core.basePath);
  const told = (context: DeskContext, error: unknown): Response => {
    // The framework's own: it is thrown where a body is no JSON.
    const found = problemOf(error instanceof HTTPException ? problem('bad_request', 'the body is no JSON') : error);
    if (found.status === 500)
      core.logger.error('a request failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    if (found.retryAfterMs !== undefined) context.header('retry-after', String(Math.ceil(found.retryAfterMs / 1_000)));
    return context.json(problemBody(found), found.status);
  };
  app.onError((error, context) => told(context, error));
  app.notFound((context) => told(context, problem('not_found', 'there is nothing here')));

  app.use(withHeaders(core));
  app.use(underOurName(origins));
  app.use(fromOurPage(origins));
  app.use(async (_context, next) => {
    if (isClosing())
      throw problem('shutting_down', 'the desk is closing: try again in a moment', { retryAfterMs: 2_000 });
    await next();
  });
  app.use(withinBodyLimit(core.limits.bodyBytesMax));
  app.use(asJson);

  addSignIn(app, core);
  app.use('/api/*', signedIn(core));
  addSessionRoutes(app, core);
  addConflictRoutes(app, core);
  addDecisionRoutes(app, core);
  addBulkRoutes(app, core);
  addResourceRoutes(app, core);
  addOverviewRoutes(app, core);
  addAuditRoutes(app, core);
  addRuleRoutes(app, core);
  app.get('/api/live', (context) => {
    const { secret, person } = context.get('session');
    return context.body(live.open(secret, addressOf(context), person), 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'reknit-desk',
  });
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Reknit desk',
      version: '1',
      description:
        "What the page asks. Changes need the header x-csrf-token, with the csrfToken of GET api/session, and the header Origin, with the desk's own address; GET api/live gives server-sent events.",
    },
  });
  app.all('/api/*', () => {
    throw problem('not_found', 'there is nothing here');
  });
  addPage(app, core.basePath, pageFolder);
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
  return `${place === '' ? 'the request' : `"${place.slice(0, 200)}"`} does not fit: ${first?.message.slice(0, 300) ?? ''}`;
};
