/** A desk over replicas that have diverged, and a browser's part of talking to it: cookie, origin, CSRF token. */
import { onTestFinished } from 'vitest';
import {
  createDesk,
  type Desk,
  type DeskClock,
  type DeskOptions,
  type Session,
} from '../../src/adapters/desk/index.js';
import {
  definePolicy,
  defineResource,
  openReplica,
  reference,
  register,
  userChoice,
  review,
  type OpenOptions,
  type Replica,
} from '../../src/index.js';
import { meet } from './site.js';

export const policy = definePolicy({
  name: 'desk',
  version: 1,
  resources: [
    defineResource('task', {
      version: 1,
      fields: {
        title: register<string>(),
        status: register<string>(),
        tags: register<readonly string[]>(),
        secret: register<string>(),
        street: register<string>(),
        town: register<string>(),
        trackId: reference('track'),
      },
    }).group('address', ['street', 'town']),
    defineResource('track', { version: 1, fields: { name: register<string>() } }),
    defineResource('salary', { version: 1, fields: { amount: register<number>() } }),
  ],
  default: userChoice(),
  byConflict: { delete_update: userChoice(), dependency: review() },
});

export const origin = 'http://127.0.0.1:8731';

/** Time stands still until the test moves it. */
export const createDeskClock = (): DeskClock & { readonly pass: (ms: number) => void } => {
  let nowMs = Date.UTC(2026, 1, 2, 12);
  let waiting: { atMs: number; run: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const one = { atMs: nowMs + delayMs, run };
      waiting.push(one);
      return () => {
        waiting = waiting.filter((other) => other !== one);
      };
    },
    pass: (ms) => {
      nowMs += ms;
      const due = waiting.filter(({ atMs }) => atMs <= nowMs);
      waiting = waiting.filter(({ atMs }) => atMs > nowMs);
      for (const { run } of due) run();
    },
  };
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what the test expects of an answer is what the test says
  readonly body: any;
}

export interface Browser {
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  readonly delete: (path: string) => Promise<Answer>;
  readonly cookie: () => string;
  readonly session: Session;
}

export const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
};

export const cookieOf = (headers: Headers): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** Signs in by a link, or by a token. */
export const browse = async (
  desk: Desk,
  how: { readonly token?: string; readonly agentId?: string } = {},
): Promise<Browser> => {
  let cookie: string;
  if (how.token === undefined) {
    const entered = await desk.fetch(new Request(`${origin}${desk.newLink()}`));
    cookie = cookieOf(entered.headers);
  } else {
    const signed = await desk.fetch(
      new Request(`${origin}/api/session`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ token: how.token, agentId: how.agentId }),
      }),
    );
    if (signed.status !== 200) throw new Error(`nobody let in: ${await signed.text()}`);
    cookie = cookieOf(signed.headers);
  }
  const get: Browser['get'] = async (path, headers = {}) =>
    answerOf(await desk.fetch(new Request(`${origin}/${path}`, { headers: { cookie, ...headers } })));
  const { body } = await get('api/session');
  const session = body as Session;
  const change = async (method: string, path: string, content: unknown, headers: Record<string, string> = {}) =>
    answerOf(
      await desk.fetch(
        new Request(`${origin}/${path}`, {
          method,
          headers: {
            cookie,
            origin,
            'x-csrf-token': session.csrfToken,
            'content-type': 'application/json',
            ...headers,
          },
          ...(content === undefined ? {} : { body: JSON.stringify(content) }),
        }),
      ),
    );
  return {
    get,
    post: (path, content, headers) => change('POST', path, content, headers),
    delete: (path) => change('DELETE', path, undefined),
    cookie: () => cookie,
    session,
  };
};

export const openOne = async (name: string, options: Partial<OpenOptions> = {}): Promise<Replica> => {
  const replica = await openReplica({ agentId: `${name}-user`, replicaId: name, policy, ...options });
  onTestFinished(() => replica.close());
  return replica;
};

export const openDesk = (replica: Replica, options: Partial<DeskOptions> = {}): Desk => {
  const desk = createDesk({ replica, limits: { gatherMs: 0 }, ...options });
  onTestFinished(() => desk.close());
  return desk;
};

/** A laptop with a desk, and a phone; both have written the titles and states of some tasks. */
export const diverged = async (count = 1, options: Partial<DeskOptions> = {}) => {
  const laptop = await openOne('laptop');
  const phone = await openOne('phone');
  for (let n = 0; n < count; n += 1)
    await laptop.create('task', `t${n}`, { title: `Task ${n}`, status: 'todo', tags: ['base'] });
  await meet(laptop, phone);
  for (let n = 0; n < count; n += 1) {
    await laptop.update('task', `t${n}`, { title: `Laptop ${n}` }, { note: 'from the desk' });
    await phone.update('task', `t${n}`, { title: `Phone ${n}` });
  }
  await meet(laptop, phone);
  const desk = openDesk(laptop, options);
  return { laptop, phone, desk };
};
