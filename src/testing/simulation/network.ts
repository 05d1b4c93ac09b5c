/**
 * The network between replicas and hubs. What is sent waits until a step delivers it, loses it, cuts it off or
 * brings it twice; a question and its answer are messages of their own, so that work may be done whose answer never
 * comes. Bodies are texts or bytes, cut where a connection would be.
 */
export type Body = string | Uint8Array;

/** Sends a question and brings back what `answer` says to it, or fails. */
export type Wire = (question: Body, answer: (question: Body) => Promise<Body>) => Promise<Body>;

/** A way between two parties, as its process sees it. */
export interface Link {
  readonly from: string;
  readonly to: string;
  /** Whether both ends, as they were when the question was asked, still live. */
  readonly isAlive: () => boolean;
}

export interface Network {
  /** Messages wait for a step. */
  readonly wire: (link: Link) => Wire;
  /** Nothing is ever lost, and nothing waits. */
  readonly goodWire: (link: Link) => Wire;
  readonly waiting: () => number;
  readonly deliver: (which: number, harm?: 'lost' | 'repeated' | { readonly cutAt: number }) => string;
  /** Nothing reaches a party, or, one way, nothing comes from it. */
  readonly part: (party: string, isOneWay: boolean) => void;
  readonly join: () => void;
  /** Everything that waits is delivered, in order, as good as it gets. */
  readonly flush: (settle: () => Promise<void>) => Promise<void>;
  /** Answers that are being made. */
  readonly busy: () => number;
  /**
   * Nobody waits any longer, not even who is dead: whoever asked lets go of what it holds for as long as it waits,
   * timers above all, which would keep this history in memory.
   */
  readonly end: () => void;
}

interface Message {
  readonly link: Link;
  readonly isAnswer: boolean;
  readonly bytes: number;
  readonly arrive: (cutAt: number | undefined, isLast: boolean) => void;
  readonly fail: (reason: string) => void;
}

/** A message in flight for longer than this is one of a program that lost count. */
const flushMax = 10_000;

export const createNetwork = (): Network => {
  const inFlight: Message[] = [];
  /** Parties that receive nothing, and parties from which nothing comes. */
  const deaf = new Set<string>();
  const mute = new Set<string>();
  const unanswered = new Set<() => void>();
  let busy = 0;

  const isBlocked = (from: string, to: string): boolean => deaf.has(to) || mute.has(from);

  const answered = async (link: Link, question: Body, answer: (question: Body) => Promise<Body>): Promise<Body> => {
    busy += 1;
    try {
      return await answer(question);
    } finally {
      busy -= 1;
    }
  };

  const wire =
    (link: Link): Wire =>
    (question, answer) =>
      new Promise<Body>((resolve, reject) => {
        const end = (): void => reject(new TypeError('the history is over'));
        unanswered.add(end);
        const fail = (reason: string): void => {
          if (!link.isAlive()) return;
          unanswered.delete(end);
          reject(new TypeError(reason));
        };
        const come = (reply: Body): void => {
          if (!link.isAlive()) return;
          unanswered.delete(end);
          resolve(reply);
        };
        const reply = (body: Body): void => {
          inFlight.push({
            link: { ...link, from: link.to, to: link.from },
            isAnswer: true,
            bytes: body.length,
            arrive: (cutAt) => come(cutAt === undefined ? body : cut(body, cutAt)),
            fail,
          });
        };
        inFlight.push({
          link,
          isAnswer: false,
          bytes: question.length,
          // Of a question that arrives twice the first answer counts, as the connection of the second is gone.
          arrive: (cutAt, isLast) => {
            answered(link, cutAt === undefined ? question : cut(question, cutAt), answer).then(
              (body) => (isLast ? undefined : reply(body)),
              () => (isLast ? undefined : fail('the connection was reset')),
            );
          },
          fail,
        });
      });

  const deliver: Network['deliver'] = (which, harm) => {
    const [message] = inFlight.splice(which % Math.max(inFlight.length, 1), 1);
    if (message === undefined) return 'nothing';
    const { link, isAnswer, bytes } = message;
    const what = `${isAnswer ? 'answer' : 'question'} ${link.from} > ${link.to}, ${bytes}`;
    if (harm === 'lost' || isBlocked(link.from, link.to)) {
      message.fail(isAnswer ? 'the connection was reset' : 'the network is gone');
      return `lost ${what}`;
    }
    if (typeof harm === 'object') {
      message.arrive(harm.cutAt, false);
      return `cut ${what}`;
    }
    message.arrive(undefined, false);
    if (harm !== 'repeated' || isAnswer) return what;
    inFlight.push({ ...message, arrive: (cutAt) => message.arrive(cutAt, true), fail: () => undefined });
    return `repeated ${what}`;
  };

  return {
    wire,
    goodWire: (link) => async (question, answer) => {
      if (isBlocked(link.from, link.to)) throw new TypeError('the network is gone');
      const reply = await answered(link, question, answer);
      if (isBlocked(link.to, link.from)) throw new TypeError('the connection was reset');
      return reply;
    },
    waiting: () => inFlight.length,
    deliver,
    part: (party, isOneWay) => {
      deaf.add(party);
      if (!isOneWay) mute.add(party);
    },
    join: () => {
      deaf.clear();
      mute.clear();
    },
    flush: async (settle) => {
      for (let count = 0; inFlight.length > 0 && count < flushMax; count += 1) {
        deliver(0);
        await settle();
      }
    },
    busy: () => busy,
    end: () => {
      inFlight.length = 0;
      for (const end of unanswered) end();
      unanswered.clear();
    },
  };
};

const cut = (body: Body, at: number): Body => body.slice(0, Math.floor(body.length * at));
