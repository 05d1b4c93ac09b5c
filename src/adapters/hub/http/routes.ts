/** The four questions of the protocol. What they mean stands in docs/protocol.md. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import { bearerToken } from '../tokens/bearer-token.js';
import { admit, type HubCore } from '../core.js';
import { heads, hello } from '../exchange/hello.js';
import type { Principal } from '../tokens/principal.js';
import { problemStatuses } from '../problems.js';
import type { PageReader } from '../exchange/pull.js';
import { push } from '../exchange/push.js';
import type { HubContext, HubEnv } from './env.js';
import { answerSchemas, type RequestSchemas } from './schemas.js';

export interface RoutesDeps {
  readonly core: HubCore;
  readonly schemas: RequestSchemas;
  readonly pages: PageReader;
  readonly basePath: string;
  readonly addressOf: (context: HubContext) => string;
}

/** Shorter answers fit into a packet or two either way. */
const compressedBytesMin = 1_400;
/** Most of the gain for a fraction of the time of the default. */
const compressionLevel = 3;
/** A push of so many events costs a principal one request more. */
const eventsPerCost = 100;

const compress = promisify(gzip);

export const addRoutes = (app: OpenAPIHono<HubEnv>, deps: RoutesDeps): void => {
  const { core, schemas, pages, basePath, addressOf } = deps;

  const enter = (context: HubContext, replicaId: string | undefined, cost = 1): Promise<Principal> =>
    admit(core, bearerToken(context.req.header('authorization')), { replicaId, address: addressOf(context) }, cost);

  /** Answers are written as texts, so the compiler cannot hold them against their schemas; a test does. */
  const answer = async (context: HubContext, text: string): Promise<never> => {
    const accepts = context.req.header('accept-encoding') ?? '';
    const isLong = text.length >= compressedBytesMin && /\bgzip\b/.test(accepts);
    const bytes = isLong ? await compress(text, { level: compressionLevel }) : Buffer.from(text);
    core.metrics.sent(bytes.length);
    context.header('content-type', 'application/json');
    if (isLong) context.header('content-encoding', 'gzip');
    return context.body(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), 200) as never;
  };

  app.openapi(
    routeFor(`${basePath}/v1/hello`, 'Who is there, and what is known of me?', schemas.hello, answerSchemas.hello),
    async (context) => {
      const request = context.req.valid('json');
      await enter(context, request.replicaId);
      return answer(context, JSON.stringify(await hello(core, request)));
    },
  );
  app.openapi(
    routeFor(`${basePath}/v1/heads`, 'How far are these replicas held?', schemas.heads, answerSchemas.heads),
    async (context) => {
      const request = context.req.valid('json');
      const principal = await enter(context, request.replicaId);
      return answer(context, JSON.stringify(await heads(core, principal, request)));
    },
  );
  app.openapi(
    routeFor(`${basePath}/v1/push`, 'Take these events.', schemas.push, answerSchemas.push),
    async (context) => {
      const request = context.req.valid('json');
      const cost = 1 + Math.floor(request.events.length / eventsPerCost);
      const principal = await enter(context, request.replicaId, cost);
      return answer(context, JSON.stringify(await push(core, principal, request)));
    },
  );
  app.openapi(
    routeFor(`${basePath}/v1/pull`, 'What came after this?', schemas.pull, answerSchemas.pull),
    async (context) => {
      const request = context.req.valid('json');
      const principal = await enter(context, request.replicaId);
      const page = await pages.read(await pages.begin(principal, request), request.limit);
      return answer(context, `{${page.text}}`);
    },
  );
};

const routeFor = <Request extends z.ZodType, Answer extends z.ZodType>(
  path: string,
  summary: string,
  request: Request,
  answer: Answer,
) =>
  createRoute({
    method: 'post',
    path,
    summary,
    security: [{ token: [] }],
    request: { body: { required: true, content: { 'application/json': { schema: request } } } },
    responses: {
      200: { description: 'The answer.', content: { 'application/json': { schema: answer } } },
      ...Object.fromEntries(
        problemStatuses.map((status) => [
          status,
          { description: 'What was wrong.', content: { 'application/json': { schema: answerSchemas.problem } } },
        ]),
      ),
    },
  });
