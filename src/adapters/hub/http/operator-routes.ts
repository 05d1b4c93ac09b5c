/** What an operator asks: is it alive, can it serve, how is it doing, and what does it understand. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HubCore } from '../core.js';
import type { MetricsAudience } from '../options.js';
import { problem } from '../problems.js';
import { isFromHere, type HubEnv } from './env.js';

export interface OperatorRoutesDeps {
  readonly core: HubCore;
  readonly basePath: string;
  readonly metricsAudience: MetricsAudience;
  readonly isClosing: () => boolean;
}

export const addOperatorRoutes = (
  app: OpenAPIHono<HubEnv>,
  { core, basePath, metricsAudience, isClosing }: OperatorRoutesDeps,
): void => {
  app.get(`${basePath}/healthz`, (context) => context.json({ status: 'alive' }));
  app.get(`${basePath}/readyz`, async (context) => {
    if (isClosing()) throw problem('shutting_down', 'the hub is shutting down: try again in a moment');
    // Reads the database; one that cannot be read makes this fail.
    await core.log.facts();
    return context.json({ status: 'ready' });
  });
  app.get(`${basePath}/metrics`, async (context) => {
    // It counts what there is, whoever may read it.
    if (metricsAudience === 'nobody' || (metricsAudience === 'loopback' && !isFromHere(context)))
      return context.notFound();
    return context.body(await core.metrics.text(), 200, { 'content-type': core.metrics.contentType });
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.doc31(`${basePath}/openapi.json`, {
    openapi: '3.1.0',
    info: {
      title: 'Reknit hub',
      version: '1',
      description:
        'Exchange of events between replicas. Live reading, over a WebSocket at /v1/live, is described in docs/protocol.md.',
    },
  });
};
