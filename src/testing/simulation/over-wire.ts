/**
 * Any remote behind a simulated network: each of its calls becomes a question and an answer as JSON texts, so that
 * what is lost, cut off or repeated on the way meets the remote as it would behind a real network, and no object is
 * ever shared by two replicas.
 */
import type { PushOptions, Remote, RemoteCaller, RemoteHead, Verdict } from '../../application/ports/remote.js';
import type { SealedEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { Body, Wire } from './network.js';

/**
 * A remote behind messages that can be lost, repeated, delayed and cut off on their way.
 *
 * @param remote asked anew for every question, since the process behind it may have been started anew
 */
export const overWire = (remote: () => Remote, wire: Wire, sha256: Sha256): Remote => {
  const ask = async (question: object): Promise<unknown> =>
    parsed(await wire(JSON.stringify(question), async (body) => JSON.stringify(await answer(remote(), body, sha256))));
  const { capabilities, heads, pushRefusals } = remote();
  return {
    capabilities,
    hello: async ({ signal, ...caller }) => {
      signal?.throwIfAborted();
      return (await ask({ call: 'hello', caller })) as Awaited<ReturnType<Remote['hello']>>;
    },
    pull: async ({ signal, ...request }) => {
      signal?.throwIfAborted();
      return (await ask({ call: 'pull', request })) as Awaited<ReturnType<Remote['pull']>>;
    },
    push: async (events, signal, options = {}) => {
      signal?.throwIfAborted();
      const { onMark, ...others } = options;
      const { verdicts, marks } = (await ask({
        call: 'push',
        events: events.map(({ event }) => event),
        options: others,
      })) as PushAnswer;
      for (const mark of marks) onMark?.(mark);
      return verdicts;
    },
    ...(heads === undefined
      ? {}
      : {
          heads: async (replicaIds: readonly string[], _signal?: AbortSignal, at: readonly number[] = []) =>
            new Map((await ask({ call: 'heads', replicaIds, at })) as [string, RemoteHead][]),
        }),
    ...(pushRefusals === undefined
      ? {}
      : {
          pushRefusals: async (receipts: readonly string[]) =>
            (await ask({ call: 'pushRefusals', receipts })) as readonly Verdict[],
        }),
    close: async () => undefined,
  };
};

interface PushAnswer {
  readonly verdicts: readonly Verdict[];
  readonly marks: readonly string[];
}

type Question =
  | { readonly call: 'hello'; readonly caller: RemoteCaller }
  | { readonly call: 'pull'; readonly request: Parameters<Remote['pull']>[0] }
  | { readonly call: 'push'; readonly events: readonly unknown[]; readonly options: PushOptions }
  | { readonly call: 'heads'; readonly replicaIds: readonly string[]; readonly at: readonly number[] }
  | { readonly call: 'pushRefusals'; readonly receipts: readonly string[] };

const answer = async (remote: Remote, body: Body, sha256: Sha256): Promise<unknown> => {
  const question = parsed(body) as Question;
  switch (question.call) {
    case 'hello':
      return remote.hello(question.caller);
    case 'pull':
      return remote.pull(question.request);
    case 'push': {
      const marks: string[] = [];
      const verdicts = await remote.push(
        question.events.map((event) => sealedFrom(event, sha256)),
        undefined,
        { ...question.options, onMark: (mark) => void marks.push(mark) },
      );
      return { verdicts, marks } satisfies PushAnswer;
    }
    case 'heads':
      return [...((await remote.heads?.(question.replicaIds, undefined, question.at)) ?? [])];
    case 'pushRefusals':
      return remote.pushRefusals?.(question.receipts);
  }
};

const sealedFrom = (event: unknown, sha256: Sha256): SealedEvent => {
  const result = parseEvent(event, sha256);
  if (!result.ok) throw new Error(`the sender sent what is no event: ${result.error.message}`);
  return result.value;
};

/** Throws where the body was cut off. */
const parsed = (body: Body): unknown => {
  if (typeof body !== 'string') throw new Error('a text was sent, and bytes arrived');
  return JSON.parse(body) as unknown;
};
