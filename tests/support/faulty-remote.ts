/** The faulty remote of the kit as the tests of the sync use it, and subscriptions for remotes that have none. */
import type { HubLog } from '../../src/application/ports/hub-log.js';
import type { LiveObserver, LiveRequest, LiveSubscription, Remote } from '../../src/application/ports/remote.js';
import { faultyRemote, scriptedFaults, type Fault } from '../../src/testing/index.js';

export { faults, type Fault } from '../../src/testing/index.js';

/** Lets everything that is ready go on. */
export const settle = async (turns = 3): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** @param plan what befalls which call; when it is used up, all is well */
export const faulty = (remote: Remote, plan: Fault[]): Remote =>
  faultyRemote(remote, scriptedFaults(plan), { delay: settle });

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
