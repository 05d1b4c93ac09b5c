/**
 * A remote as bad networks make it: calls that never arrive, answers that are lost after the
 * work was done, pushes of which a part arrives, calls that arrive twice, answers that come late,
 * subscriptions that break or say a page again. A remote that keeps its contract still keeps M4
 * and M6 through it, and a replica that is connected to it loses nothing and takes nothing twice.
 *
 *     const remote = faultyRemote(replicaRemote(other), seededFaults({ seed: 1, rate: 0.3 }));
 */
import type { LiveObserver, Remote } from '../../application/ports/remote.js';
import { checkArgument, hasMethods } from '../../domain/shared/check-argument.js';
import { fewTurns, type Fault, type FaultSchedule, type FaultyOptions } from './faults.js';

/** As platforms tell that a network failed. */
const broken = (what: string): TypeError => new TypeError(what);

/**
 * A remote that fails, delays, repeats and breaks off on cue, over one that does not.
 *
 * @param schedule asked once for each call, and for each page that a subscription brings
 */
export const faultyRemote = (
  remote: Remote,
  schedule: FaultSchedule,
  { delay = fewTurns }: FaultyOptions = {},
): Remote => {
  checkArgument(
    hasMethods(remote, ['hello', 'pull', 'push', 'close']),
    'faultyRemote',
    'remote',
    'what implements Remote',
  );
  checkArgument(typeof schedule === 'function', 'faultyRemote', 'schedule', 'what scriptedFaults or seededFaults make');
  const befallen = async <Answer>(fault: Fault, call: () => Promise<Answer>): Promise<Answer> => {
    if (fault === 'lost') throw broken('the network is gone');
    if (fault === 'late') await delay();
    const answer = await call();
    if (fault === 'answer lost' || fault === 'cut off') throw broken('the connection was reset');
    return fault === 'twice' ? call() : answer;
  };
  const through = <Answer>(call: () => Promise<Answer>): Promise<Answer> => befallen(schedule(), call);
  const observing = (observer: LiveObserver): LiveObserver => ({
    onStarted: () => observer.onStarted(),
    onEnd: (error) => observer.onEnd(error),
    onPage: async (page) => {
      const fault = schedule();
      if (fault === 'late') await delay();
      if (fault === 'lost') throw broken('the socket broke');
      await observer.onPage(page);
      if (fault === 'twice') await observer.onPage(page);
      if (fault === 'answer lost' || fault === 'cut off') throw broken('the socket broke');
    },
  });
  // A remote may be an instance of a class: its methods are called on it.
  const { heads, live, pushRefusals } = remote;
  return {
    capabilities: remote.capabilities,
    ...(remote.address === undefined ? {} : { address: remote.address }),
    hello: (caller) => through(() => remote.hello(caller)),
    pull: (request) => through(() => remote.pull(request)),
    push: (events, signal, options) => {
      const fault = schedule();
      const arriving = fault === 'cut off' ? events.slice(0, Math.ceil(events.length / 2)) : events;
      return befallen(fault, () => remote.push(arriving, signal, options));
    },
    ...(pushRefusals === undefined
      ? {}
      : { pushRefusals: (receipts, signal) => through(() => pushRefusals.call(remote, receipts, signal)) }),
    ...(heads === undefined ? {} : { heads: (ids, signal, at) => through(() => heads.call(remote, ids, signal, at)) }),
    ...(live === undefined ? {} : { live: (request, observer) => live.call(remote, request, observing(observer)) }),
    close: () => remote.close(),
  };
};
