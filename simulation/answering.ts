/** What a hub says to the bytes of a question: the same words, checks and answers as behind HTTP, without HTTP. */
import { checkHubOptions, hubLimitsOf } from '../src/adapters/hub/check-options.js';
import { admit, type HubCore } from '../src/adapters/hub/core.js';
import { heads, hello } from '../src/adapters/hub/exchange/hello.js';
import { createHeldEntries } from '../src/adapters/hub/exchange/held-entries.js';
import { sha256Hex } from '../src/adapters/hub/receipts/hmac.js';
import { requestSchemas, type RequestSchemas } from '../src/adapters/hub/http/schemas.js';
import type { HubMetrics } from '../src/adapters/hub/metrics.js';
import type { HubClock, HubOptions } from '../src/adapters/hub/options.js';
import { createEntryText } from '../src/adapters/hub/exchange/page.js';
import { problem, problemBody, problemOf } from '../src/adapters/hub/problems.js';
import { createPageReader, type PageReader } from '../src/adapters/hub/exchange/pull.js';
import { push } from '../src/adapters/hub/exchange/push.js';
import { createRateLimiter } from '../src/adapters/hub/rate-limiter.js';
import { createReceipts } from '../src/adapters/hub/receipts/receipts.js';
import { silentLogger } from '../src/application/ports/system.js';

/** Answers a status, an end of line, and a body. */
export type Answering = (path: string, body: Uint8Array) => Promise<Uint8Array>;

const ignore = (): void => undefined;
const noMetrics: HubMetrics = {
  request: ignore,
  received: ignore,
  sent: ignore,
  verdicts: ignore,
  socketOpened: ignore,
  socketClosed: ignore,
  sentLive: ignore,
  fellBehind: ignore,
  watchWaiting: ignore,
  text: async () => '',
  contentType: '',
};

/** By the number of events in a message: to make them costs more than a history may. */
const schemasByLimit = new Map<number, RequestSchemas>();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const answering = (options: HubOptions & { readonly clock: HubClock }): Answering => {
  checkHubOptions(options);
  const { log, clock, receiptKey, authenticate } = options;
  const limits = hubLimitsOf(options.limits);
  const core: HubCore = {
    log,
    logger: silentLogger,
    clock,
    limits,
    receipts: createReceipts(receiptKey),
    sha256: sha256Hex,
    metrics: noMetrics,
    authenticate,
    policyFingerprint: undefined,
    byPrincipal: createRateLimiter(limits.principalRequestsPerSecond, limits.principalRequestsBurst),
    byAddress: createRateLimiter(limits.addressRequestsPerSecond, limits.addressRequestsBurst),
  };
  const schemas = schemasByLimit.get(limits.eventsMax) ?? requestSchemas(limits);
  schemasByLimit.set(limits.eventsMax, schemas);
  const pages = createPageReader(core, createEntryText(core.receipts), createHeldEntries());
  return async (path, body) => {
    try {
      return Buffer.from(`200\n${await answerOf({ core, schemas, pages }, path, jsonIn(body))}`);
    } catch (error) {
      const told = problemOf(error);
      if (told.status === 500) throw error;
      return Buffer.from(`${told.status}\n${JSON.stringify(problemBody(told))}`);
    }
  };
};

const jsonIn = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(body)) as unknown;
  } catch {
    throw problem('bad_request', 'the body is no JSON');
  }
};

interface Parts {
  readonly core: HubCore;
  readonly schemas: RequestSchemas;
  readonly pages: PageReader;
}

const answerOf = async ({ core, schemas, pages }: Parts, path: string, question: unknown): Promise<string> => {
  const enter = (replicaId: string | undefined) => admit(core, undefined, { replicaId, address: 'simulated' }, 1);
  switch (path) {
    case 'hello': {
      const request = checked(schemas.hello, question);
      await enter(request.replicaId);
      return JSON.stringify(await hello(core, request));
    }
    case 'heads': {
      const request = checked(schemas.heads, question);
      return JSON.stringify(await heads(core, await enter(request.replicaId), request));
    }
    case 'push': {
      const request = checked(schemas.push, question);
      return JSON.stringify(await push(core, await enter(request.replicaId), request));
    }
    case 'pull': {
      const request = checked(schemas.pull, question);
      const page = await pages.read(await pages.begin(await enter(request.replicaId), request), request.limit);
      return `{${page.text}}`;
    }
    default:
      throw problem('not_found', 'there is nothing here');
  }
};

const checked = <Value>(
  schema: { readonly safeParse: (value: unknown) => { success: true; data: Value } | { success: false } },
  question: unknown,
): Value => {
  const result = schema.safeParse(question);
  if (!result.success) throw problem('bad_request', 'the body does not fit');
  return result.data;
};
