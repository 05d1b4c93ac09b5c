/**
 * One reader that stays: it says who it is and from where it reads, is given page after page until
 * it stands at the end of the log, and from then on what the tail gives to everyone.
 *
 *     waiting ── start ──> catching up ── at the end ──> at the tail
 *                              ^                             │
 *                              └─────── too slow ────────────┘
 *
 * What a reader was given and has not taken (`ack`) is bounded; one that takes nothing is given
 * nothing more, and costs nothing. Nothing is lost by that: it reads on from where it stands.
 */
import type { WebSocket } from 'ws';
import { isReknitError } from '../../../domain/shared/errors.js';
import { admit, type HubCore } from '../core.js';
import type { LiveMessage, LiveStart, RequestSchemas } from '../http/schemas.js';
import { cursorUnknown, markText } from '../exchange/places.js';
import { isExpired, type Principal } from '../tokens/principal.js';
import { problem, problemOf } from '../problems.js';
import type { PageReader, Reading } from '../exchange/pull.js';
import { createRateLimiter } from '../rate-limiter.js';
import { viewOf } from '../exchange/view.js';
import { closeCodes, closeReasonOf, type CloseReason } from './close-codes.js';
import type { BufferedReader, SendBudget } from './send-budget.js';
import type { Tail, TailMember } from './tail.js';
import { createWindow } from './window.js';

export interface LiveSocket {
  /** Looks at deadlines; called once in a while. */
  readonly look: () => void;
  /** Asks again whether the token still opens what it opened. */
  readonly recheck: () => Promise<void>;
  readonly end: (reason: CloseReason) => void;
}

export interface LiveSocketDeps {
  readonly core: HubCore;
  readonly schemas: RequestSchemas;
  readonly pages: PageReader;
  readonly tail: Tail;
  readonly socket: WebSocket;
  readonly address: string;
  /** From the header, where it came so; a browser sends it with its first message. */
  readonly headerToken: string | undefined;
  readonly budget: SendBudget;
  /** Counts the socket for its principal; answers how to take it back, or nothing where there are too many. */
  readonly enter: (principal: Principal) => (() => void) | undefined;
  /** The socket is gone, and will not be looked at again. */
  readonly onGone: () => void;
}

/** A peer that does not answer our closing is cut off. */
const closeMsMax = 2_000;
/** One that is too slow is told why, if it takes that in; what waits for it must not wait much longer. */
const slowCloseMsMax = 250;
const startCost = 1;

export const createLiveSocket = (deps: LiveSocketDeps): LiveSocket => {
  const { core, schemas, pages, tail, socket, address, headerToken, budget, enter, onGone } = deps;
  const { clock, limits, logger, metrics, log } = core;
  const openedMs = clock.nowMs();
  const messages = createRateLimiter(limits.messagesPerSecond, limits.messagesBurst);
  let heardMs = openedMs;
  let askedMs: number | undefined;
  let isEnding = false;
  let leave: (() => void) | undefined;
  let session: { readonly start: LiveStart; principal: Principal; reading: Reading } | undefined;
  let isStarting = false;
  let member: TailMember | undefined;
  let stopClosing: (() => void) | undefined;
  const window = createWindow();

  const end = (reason: CloseReason): void => {
    if (isEnding) return;
    isEnding = true;
    metrics.socketClosed(reason);
    gone();
    socket.close(closeCodes[reason], reason);
    stopClosing = clock.after(reason === 'too_slow' ? slowCloseMsMax : closeMsMax, () => socket.terminate());
  };
  const gone = (): void => {
    isEnding = true;
    if (member !== undefined) tail.leave(member);
    leave?.();
    leave = undefined;
    window.onChange();
    onGone();
  };
  const fail = (error: unknown): void => {
    const told = problemOf(error);
    if (told.status === 500) logger.error('a live reader was failed', { error: String(error) });
    end(closeReasonOf(told.code));
  };
  const send = (bytes: Buffer | string): void => {
    metrics.sentLive(bytes.length);
    socket.send(bytes, { binary: false });
    budget.sent(buffered, bytes.length);
  };
  const buffered: BufferedReader = {
    waiting: () => socket.bufferedAmount,
    endAsTooSlow: () => {
      logger.warn('a reader was too slow, and was ended: it reads on when it comes back', {
        bytes: socket.bufferedAmount,
      });
      end('too_slow');
    },
  };
  budget.enter(buffered);

  const start = async (message: LiveStart): Promise<void> => {
    const token = headerToken ?? message.token;
    const principal = await admit(core, token, { replicaId: message.replicaId, address }, startCost);
    const reading = await pages.begin(principal, message);
    if (isEnding) return;
    leave = enter(principal);
    if (leave === undefined) throw problem('too_many_requests', 'too many sockets');
    const facts = await log.facts();
    if (isEnding) return;
    session = { start: message, principal, reading };
    send(JSON.stringify({ type: 'started', mark: markText(facts, facts.head) }));
    await catchUp();
  };

  /** Reads until the tail takes over; the tail gives the reader back when it is too slow. */
  const catchUp = async (): Promise<void> => {
    for (;;) {
      const giveBack = await room();
      let page;
      try {
        if (isEnding || session === undefined) return;
        page = await pages.read(session.reading, limits.pageEntriesMax);
      } finally {
        giveBack();
      }
      if (isEnding) return;
      if (page.position > session.reading.after) {
        if (isExpired(session.principal, clock.nowMs())) return end('unauthorized');
        give(Buffer.from(`{"type":"entries",${page.text}}`), page.cursor, page.position);
      }
      if (page.more) continue;
      member ??= createMember(session.reading);
      if (tail.join(member)) return;
    }
  };

  const createMember = ({ view, isSpared }: Reading): TailMember => ({
    view,
    isSpared,
    position: () => session?.reading.after ?? 0,
    deliver: ({ bytes, cursor, position }) => {
      if (isEnding || session === undefined) return false;
      if (isExpired(session.principal, clock.nowMs())) {
        end('unauthorized');
        return false;
      }
      if (!hasRoom()) {
        metrics.fellBehind();
        void catchUp().catch(fail);
        return false;
      }
      give(bytes, cursor, position);
      return true;
    },
  });

  const give = (bytes: Buffer, cursor: string, position: number): void => {
    if (session !== undefined) session.reading = { ...session.reading, after: position };
    window.give(cursor);
    send(bytes);
  };
  const hasRoom = (): boolean =>
    window.size() < limits.unackedPagesMax &&
    socket.bufferedAmount < limits.bufferedBytesMax &&
    budget.hasRoom(limits.pageBytesMax);
  const isBlocked = (): boolean => !isEnding && !hasRoom();
  /** Waits until the reader has taken enough of what it was given; answers how to give back the room kept for a page. */
  const room = async (): Promise<() => void> => {
    while (isBlocked()) await window.change();
    // In the same step: who else found it free must not fill it too.
    return budget.reserve(limits.pageBytesMax);
  };

  const countMessage = (): void => {
    if (messages.take('', 1, clock.nowMs()) > 0) end('too_many_requests');
  };

  const receive = (message: LiveMessage): void => {
    switch (message.type) {
      case 'start':
        if (isStarting) return end('bad_request');
        isStarting = true;
        countMessage();
        start(message).catch(fail);
        return undefined;
      case 'ack':
        // Taking what one was given is free; anything else is a message like others.
        return window.take(message.cursor) ? undefined : countMessage();
      case 'ping':
        countMessage();
        if (!isEnding) send('{"type":"pong"}');
        return undefined;
      case 'pong':
        return countMessage();
    }
  };

  socket.on('message', (data, isBinary) => {
    if (isEnding) return;
    heardMs = clock.nowMs();
    askedMs = undefined;
    const message = isBinary ? undefined : parse(schemas, data);
    if (message === undefined) end('bad_request');
    else receive(message);
  });
  // Answered by the library itself; a flood of them is a flood.
  socket.on('ping', countMessage);
  socket.on('close', () => {
    stopClosing?.();
    budget.leave(buffered);
    if (isEnding) return;
    metrics.socketClosed('by_peer');
    gone();
  });
  socket.on('error', (error) => logger.debug('a socket failed', { error: error.message }));

  return {
    end,
    look: () => {
      const nowMs = clock.nowMs();
      if (isEnding) return;
      if (session === undefined) {
        if (nowMs - openedMs >= limits.startMsMax) end('silence');
        return;
      }
      if (isExpired(session.principal, nowMs)) return end('unauthorized');
      if (nowMs - heardMs >= limits.silenceMsMax) return end('silence');
      if (askedMs === undefined && nowMs - heardMs >= limits.pingMs) {
        askedMs = nowMs;
        send('{"type":"ping"}');
      }
      // What was sent has left meanwhile.
      if (hasRoom()) window.onChange();
      return undefined;
    },
    recheck: async () => {
      if (session === undefined || isEnding) return;
      const { start: started, principal } = session;
      const caller = { replicaId: started.replicaId, address };
      try {
        const now = await admit(core, headerToken ?? started.token, caller, 0);
        if (viewOf(now, undefined, core.sha256).digest !== viewOf(principal, undefined, core.sha256).digest)
          throw cursorUnknown();
        session.principal = now;
      } catch (error) {
        // While tokens cannot be looked up, what was granted stands until the next look.
        if (isReknitError(error)) fail(error);
        else logger.error('a token could not be looked up', { error: String(error) });
      }
    },
  };
};

const parse = (schemas: RequestSchemas, data: unknown): LiveMessage | undefined => {
  let input: unknown;
  try {
    // Without `binaryType` set otherwise, the library gives one Buffer.
    input = JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = schemas.live.safeParse(input);
  return parsed.success ? parsed.data : undefined;
};
