/**
 * A store whose disk, or whose database behind a network, fails now and then: calls that fail
 * before they did anything, units of work that are written and whose caller hears of a failure,
 * readings that are made twice, calls that take their time. It keeps its contract all the while:
 * what fails throws an error of the port (S10) and leaves the store usable, and no unit of work is
 * ever half written (S1) or written twice.
 *
 *     const store = faultyStore(createMemoryStore(), scriptedFaults(['none', 'answer lost']));
 */
import type { EventStore } from '../../application/ports/event-store.js';
import { checkArgument, hasMethods } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { fewTurns, type FaultSchedule, type FaultyOptions } from './faults.js';

/** What begins a life, ends it or only listens; nothing befalls it. */
const spared: ReadonlySet<keyof EventStore> = new Set(['capabilities', 'watchOthers', 'close']);

/** Those of an instance of a class too, which stand on its prototype. */
const membersOf = (store: object): readonly (readonly [name: string, member: unknown])[] => {
  const members = new Map<string, unknown>();
  for (let part = store; part !== null && part !== Object.prototype; part = Object.getPrototypeOf(part) as object)
    for (const name of Object.getOwnPropertyNames(part))
      if (name !== 'constructor' && !members.has(name)) members.set(name, store[name as keyof typeof store]);
  return [...members];
};

/**
 * A store that fails, delays and repeats on cue, over one that does not.
 *
 * @param schedule asked once for each call
 */
export const faultyStore = (
  store: EventStore,
  schedule: FaultSchedule,
  { delay = fewTurns }: FaultyOptions = {},
): EventStore => {
  checkArgument(
    hasMethods(store, ['facts', 'load', 'commit', 'close']),
    'faultyStore',
    'store',
    'what implements EventStore',
  );
  checkArgument(typeof schedule === 'function', 'faultyStore', 'schedule', 'what scriptedFaults or seededFaults make');
  const through = async (isReading: boolean, call: () => Promise<unknown>): Promise<unknown> => {
    const fault = schedule();
    // A unit of work that is cut off is not written at all.
    if (fault === 'lost' || fault === 'cut off')
      throw new ReknitError('storage_busy', 'the store could not be reached: try again');
    if (fault === 'late') await delay();
    const answer = await call();
    if (fault === 'answer lost') throw new ReknitError('storage_failed', 'the store did not say what it did');
    // To write twice would be no fault of a disk but a broken promise (S2).
    return fault === 'twice' && isReading ? call() : answer;
  };
  const calls = membersOf(store).map(([name, member]): [string, unknown] => {
    if (typeof member !== 'function') return [name, member];
    if (spared.has(name as keyof EventStore)) return [name, member.bind(store)];
    const isReading = !['commit', 'lease', 'backup', 'declareIndexes'].includes(name);
    const call = member as (...given: readonly unknown[]) => Promise<unknown>;
    return [name, (...given: readonly unknown[]) => through(isReading, () => call.apply(store, [...given]))];
  });
  return Object.fromEntries(calls) as unknown as EventStore;
};
