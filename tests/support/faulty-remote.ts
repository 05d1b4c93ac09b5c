/**
 * A remote as bad networks make it: calls that never arrive, answers that are lost after the work
 * was done, calls that arrive twice, answers that come late, subscriptions that break or say
 * a page again. Which of it befalls which call is a list that a test draws; when it is used up, all is well.
 */
import type { HubLog } from '../../src/application/ports/hub-log.js';
import type { LiveObserver, LiveRequest, LiveSubscription, Remote } from '../../src/application/ports/remote.js';

export const faults = ['none', 'lost', 'answer lost', 'twice', 'late'] as const;
export type Fault = (typeof faults)[number];

/** Lets everything that is ready go on. */
export const settle = async (turns = 3): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export const faulty = (remote: Remote, plan: Fault[]): Remote => {
  const through = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const fault = plan.shift() ?? 'none';
    if (fault === 'lost') throw new TypeError('the network is gone');
    if (fault === 'late') await settle();
    const answer = await call();
    if (fault === 'answer lost') throw new TypeError('the connection was reset');
    return fault === 'twice' ? call() : answer;
  };
  const { heads, live } = remote;
  return {
    ...remote,
    hello: (caller) => through(() => remote.hello(caller)),
    pull: (request) => through(() => remote.pull(request)),
    push: (events, signal, options) => through(() => remote.push(events, signal, options)),
    ...(heads === undefined ? {} : { heads: (ids, signal) => through(() => heads(ids, signal)) }),
    ...(live === undefined
      ? {}
      : {
          live: (request, observer) =>
            live(request, {
              ...observer,
              onPage: async (page) => {
                const fault = plan.shift() ?? 'none';
                if (fault === 'late') await settle();
                if (fault === 'lost') throw new TypeError('the socket broke');
                await observer.onPage(page);
                if (fault === 'twice') await observer.onPage(page);
                if (fault === 'answer lost') throw new TypeError('the socket broke');
              },
            }),
        }),
  };
};

/** A subscription made of pulls, woken by the hub's log. */
export const withLive = (remote: Remote, log: HubLog, limit: number): Remote => ({
  ...remote,
  live: (request: LiveRequest, observer: LiveObserver): LiveSubscription => {
    const state = { isOver: false };
    let wake: () => void = () => undefined;
    let isWoken = false;
    const stop = log.watch(() => {
      isWoken = true;
      wake();
    });
    const end = (error?: unknown): void => {
      if (state.isOver) return;
      state.isOver = true;
      stop();
      wake();
      observer.onEnd(error);
    };
    const run = async (): Promise<void> => {
      let { cursor } = request;
      observer.onStarted();
      while (!state.isOver) {
        isWoken = false;
        const page = await remote.pull({ ...request, cursor, limit });
        if (state.isOver) return;
        if (page.cursor !== cursor) await observer.onPage(page);
        ({ cursor } = page);
        if (page.more || isWoken) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    run().catch(end);
    return {
      close: () => {
        state.isOver = true;
        stop();
        wake();
      },
    };
  },
});
