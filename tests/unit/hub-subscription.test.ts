/** A subscription to a hub, on a socket that the test is the other end of. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PullPage } from '../../src/application/ports/remote.js';
import { browserConnectivity, hubRemote, type HubSocketClass } from '../../src/adapters/remote/index.js';
import { isReknitError } from '../../src/index.js';
import { settle } from '../support/faulty-remote.js';

type Listener = (event: { readonly data?: unknown; readonly code?: number }) => void;

/** The last socket that was opened, and what was said on it. */
const otherEnd = () => {
  const listeners = new Map<string, Listener>();
  const said: unknown[] = [];
  const state = { url: '', isClosed: false };
  class Socket {
    readonly protocols: readonly string[];
    constructor(url: string, protocols: string[]) {
      state.url = url;
      this.protocols = protocols;
    }
    addEventListener(type: string, listener: unknown): void {
      listeners.set(type, listener as Listener);
    }
    send(text: string): void {
      said.push(JSON.parse(text));
    }
    close(): void {
      state.isClosed = true;
    }
  }
  return {
    WebSocket: Socket as unknown as HubSocketClass,
    said,
    state,
    open: () => listeners.get('open')?.({}),
    say: (message: unknown) =>
      listeners.get('message')?.({ data: typeof message === 'string' ? message : JSON.stringify(message) }),
    close: (code: number) => listeners.get('close')?.({ code }),
  };
};

const page = (cursor: string) => ({ type: 'entries', entries: [], skipped: {}, cursor, mark: 'm' });

const subscribed = async (options = {}) => {
  const end = otherEnd();
  const taken: string[] = [];
  const ends: unknown[] = [];
  let take: (page: PullPage) => Promise<void> = async () => undefined;
  let started = 0;
  const remote = hubRemote({ url: 'https://hub.example.org/x', token: 't', WebSocket: end.WebSocket, ...options });
  const subscription = remote.live?.(
    { cursor: undefined, cut: {}, replicaId: 'laptop', scope: { resources: [{ resourceType: 'a', resourceId: 'b' }] } },
    {
      onStarted: () => {
        started += 1;
      },
      onPage: async (given) => {
        taken.push(given.cursor);
        await take(given);
      },
      onEnd: (error) => ends.push(isReknitError(error) ? error.code : error),
    },
  );
  await vi.advanceTimersByTimeAsync(0);
  end.open();
  return {
    ...end,
    subscription,
    taken,
    ends,
    started: () => started,
    onTake: (how: typeof take) => {
      take = how;
    },
  };
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a subscription', () => {
  test('says who it is first, with the token in the message and not in the address', async () => {
    const { state, said, say, started } = await subscribed();
    say({ type: 'started', mark: 'm' });

    expect(state.url).toBe('wss://hub.example.org/x/v1/live');
    expect(said).toEqual([
      { type: 'start', token: 't', replicaId: 'laptop', cut: {}, scope: { resources: [['a', 'b']] } },
    ]);
    expect(started()).toBe(1);
  });

  test('takes one page after the other, and acknowledges what it has taken', async () => {
    const { said, say, taken, onTake } = await subscribed();
    const goOn: (() => void)[] = [];
    onTake(() => new Promise((resolve) => void goOn.push(resolve)));
    say(page('1'));
    say(page('2'));
    await settle();
    expect([taken, said.length]).toEqual([['1'], 1]);

    goOn.shift()?.();
    await settle();
    expect(taken).toEqual(['1', '2']);
    expect(said.slice(1)).toEqual([{ type: 'ack', cursor: '1' }]);
  });

  test('answers when it is asked, and asks when it hears nothing', async () => {
    const { said, say, ends } = await subscribed({ pingMs: 1_000 });
    say({ type: 'ping' });
    expect(said.at(-1)).toEqual({ type: 'pong' });

    await vi.advanceTimersByTimeAsync(2_000);
    expect(said.at(-1)).toEqual({ type: 'ping' });
    say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ends).toEqual(['remote_silent']);
  });

  test.each([
    [4401, 'unauthorized'],
    [4403, 'forbidden'],
    [4408, 'remote_silent'],
    [4409, 'cursor_unknown'],
    [4422, 'bad_request'],
    [4413, 'reader_too_slow'],
    [4429, 'too_many_requests'],
    [1001, 'remote_unreachable'],
    [1006, 'remote_unreachable'],
  ])('that the hub closes with %i ends with %s, once', async (code, expected) => {
    const { close, ends } = await subscribed();
    close(code);
    close(code);

    expect(ends).toEqual([expected]);
  });

  test.each<readonly [string, unknown]>([
    ['no JSON', 'hello'],
    ['no object', '3'],
    ['a page without a cursor', { type: 'entries', entries: [] }],
    ['entries that are none', { ...page('1'), entries: [7] }],
    ['a refusal of no dot', { ...page('1'), entries: [{ refused: { dot: 'x' } }] }],
    ['a range that ends before it begins', { ...page('1'), skipped: { a: [[3, 2]] } }],
    ['more than was agreed', `{"type":"entries","x":"${'x'.repeat(2_000)}"}`],
  ])('that says %s ends, and nothing of it is taken', async (_what, message) => {
    const { say, ends, taken, state } = await subscribed({ answerBytesMax: 1_000 });
    say(message);
    await settle();

    expect([ends, taken, state.isClosed]).toEqual([['remote_failed'], [], true]);
  });

  test('that gives page after page without waiting is ended', async () => {
    const { say, ends, onTake } = await subscribed();
    onTake(() => new Promise(() => undefined));
    for (let index = 0; index < 200; index += 1) say(page(`${index}`));

    expect(ends).toEqual(['remote_failed']);
  });

  test('that is closed here says nothing more', async () => {
    const { subscription, say, close, ends, taken } = await subscribed();
    subscription?.close();
    say(page('1'));
    close(1000);
    await settle();

    expect([ends, taken]).toEqual([[], []]);
  });
});

test('a browser says when it is offline, and when the page is looked at again', () => {
  const listeners = new Map<string, () => void>();
  const source = {
    addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
    removeEventListener: (type: string) => void listeners.delete(type),
  };
  const navigator = { onLine: false };
  const connectivity = browserConnectivity({ ...source, navigator, document: source });
  let changes = 0;
  const stop = connectivity.watch(() => {
    changes += 1;
  });
  expect(connectivity.isOnline()).toBe(false);
  for (const type of ['online', 'offline', 'visibilitychange']) listeners.get(type)?.();
  expect(changes).toBe(3);

  stop();
  expect(listeners.size).toBe(0);
});
