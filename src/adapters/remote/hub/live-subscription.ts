/**
 * A subscription over a WebSocket: pages in their order, each acknowledged when it was taken, and
 * a heart-beat in both directions with a deadline, since a connection that is dead often looks
 * like one that is quiet.
 */
import { isReknitError } from '../../../domain/shared/errors.js';
import type { LiveObserver, LiveSubscription } from '../../../application/ports/remote.js';
import { joinedPagesMax, joinPages } from '../../../application/sync/joined-pages.js';
import { readPage } from './answers.js';
import { badAnswer, errorOfClose, hubError } from './hub-error.js';

interface HubSocketEvents {
  readonly open: unknown;
  readonly message: { readonly data: unknown };
  readonly error: unknown;
  readonly close: { readonly code: number };
}

/** Of a WebSocket, as browsers and `ws` have it, what is used here. */
export interface HubSocket {
  readonly addEventListener: <Type extends keyof HubSocketEvents>(
    type: Type,
    listener: (event: HubSocketEvents[Type]) => void,
  ) => void;
  readonly send: (text: string) => void;
  readonly close: (code?: number, reason?: string) => void;
}

/** A class of WebSockets, such as the platform's. */
export type HubSocketClass = new (url: string, protocols: string[]) => HubSocket;

export const liveProtocol = 'reknit.v1';

export interface SubscriptionOptions {
  readonly url: string;
  /** The first message. */
  readonly start: () => Promise<string>;
  readonly WebSocket: () => Promise<HubSocketClass>;
  /** After so long without a word we ask; after twice as long the connection is dead. */
  readonly pingMs: number;
  readonly messageBytesMax: number;
  readonly observer: LiveObserver;
}

/** More pages than any hub gives before the first is acknowledged. */
const waitingMax = 100;

export const subscribe = (options: SubscriptionOptions): LiveSubscription => {
  const { url, start, pingMs, messageBytesMax, observer } = options;
  let socket: HubSocket | undefined;
  const state = { isOver: false };
  let heard = true;
  let isAsked = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const waiting: string[] = [];
  let isTaking = false;

  const stop = (): void => {
    state.isOver = true;
    clearInterval(timer);
    waiting.length = 0;
    try {
      socket?.close(1000);
    } catch {
      // It was never open, or is closed already.
    }
  };
  const end = (error?: unknown): void => {
    if (state.isOver) return;
    stop();
    observer.onEnd(error);
  };
  const send = (message: object): void => {
    if (!state.isOver) socket?.send(JSON.stringify(message));
  };

  /** What came while the last page was taken is taken as one: it costs one commit, and nobody falls further behind. */
  const takeAll = async (): Promise<void> => {
    if (isTaking) return;
    isTaking = true;
    try {
      while (waiting.length > 0 && !state.isOver) {
        const page = joinPages(
          waiting.splice(0, joinedPagesMax).map((text) => readPage({ more: false, ...parse(text) })),
        );
        await observer.onPage(page);
        // With all before it.
        send({ type: 'ack', cursor: page.cursor });
      }
    } catch (error) {
      end(error);
    } finally {
      isTaking = false;
    }
  };

  const receive = (data: unknown): void => {
    heard = true;
    isAsked = false;
    if (typeof data !== 'string' || data.length > messageBytesMax) throw badAnswer('a message that is none');
    // Pages are long, and looked at when their turn comes.
    const type = data.startsWith('{"type":"entries"') ? 'entries' : parse(data).type;
    if (type === 'started') observer.onStarted();
    else if (type === 'ping') send({ type: 'pong' });
    if (type !== 'entries') return;
    if (waiting.length >= waitingMax) throw badAnswer('more pages than were acknowledged');
    waiting.push(data);
    void takeAll();
  };

  const beat = (): void => {
    if (heard) {
      heard = false;
      return;
    }
    if (isAsked) {
      end(hubError('remote_silent', `the hub said nothing for ${2 * pingMs} ms`));
      return;
    }
    isAsked = true;
    send({ type: 'ping' });
  };

  const open = async (): Promise<void> => {
    const SocketClass = await options.WebSocket();
    const first = await start();
    if (state.isOver) return;
    const opened = new SocketClass(url, [liveProtocol]);
    socket = opened;
    timer = setInterval(beat, pingMs);
    opened.addEventListener('open', () => {
      if (state.isOver) opened.close(1000);
      else opened.send(first);
    });
    opened.addEventListener('message', ({ data }) => {
      if (state.isOver) return;
      try {
        receive(data);
      } catch (error) {
        end(isReknitError(error) ? error : badAnswer('a message that is none', error));
      }
    });
    // What went wrong is told by the closing that follows.
    opened.addEventListener('error', () => undefined);
    opened.addEventListener('close', ({ code }) => end(errorOfClose(code)));
  };
  open().catch((error: unknown) =>
    end(
      isReknitError(error)
        ? error
        : hubError('remote_unreachable', 'no connection to the hub could be opened', {}, error),
    ),
  );

  return { close: stop };
};

const parse = (text: string): { readonly type?: unknown } => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw badAnswer('a message that is none');
  return value;
};
