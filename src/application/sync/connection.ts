/**
 * A connection to one remote, as an embedder has it: asks for rounds, waits for what was written to arrive, and decides
 * about what was refused. What the connection does by itself is its driver's.
 */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { ReknitEvent } from '../../domain/events/event.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { checkSignal } from '../argument-checks.js';
import type { Remote } from '../ports/remote.js';
import type { Refusals, RejectedOwnEvent } from '../refusals/refusals.js';
import { createDriver, type DriverDeps } from './driver.js';
import { closedError, pausedError } from './failures.js';
import type { ConnectSettings } from './options.js';
import { recordedSoFar } from './recorded.js';
import type { Caller } from './rounds.js';
import { changesStatus, statusAtRest, type RefusedEvent, type SyncReport, type SyncStatus } from './status.js';
import { listUntaken, untakenEvents } from './untaken.js';

/** A replica's connection to one remote. */
export interface SyncConnection {
  readonly status: SyncStatus;
  readonly status$: Observable<SyncStatus>;
  /**
   * One round: pull until there is no more, then push. Rounds asked for meanwhile share the next
   * one. Where another process syncs this file, resolves when that one has sent what was recorded
   * here before the call.
   */
  readonly now: (options?: { readonly signal?: AbortSignal }) => Promise<SyncReport>;
  /** Resolves when the remote has durably what was recorded here before the call; a live connection goes on trying. */
  readonly synced: (options?: { readonly signal?: AbortSignal }) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends it, and the remote's connection with it. What was exchanged is kept. */
  readonly close: () => Promise<void>;
  /** Own events that the remote refused (R9), each of which delays no other, and those that it does not take. */
  readonly rejected: {
    readonly list: () => Promise<readonly RejectedOwnEvent[]>;
    /** Sends it once more at the next round, which a live connection makes at once. */
    readonly retry: (eventId: string) => Promise<void>;
    /** Records its change anew on what stands now. */
    readonly reissue: (eventId: string) => Promise<ReknitEvent>;
    /** Leaves it out for good. */
    readonly shelve: (eventId: string) => Promise<void>;
  };
}

export interface ConnectionDeps extends DriverDeps {
  readonly refusals: Refusals;
  /** Told when it is closed. */
  readonly onClosing?: (connection: SyncConnection) => void;
}

export const createConnection = (deps: ConnectionDeps, remote: Remote, settings: ConnectSettings): SyncConnection => {
  const { refusals } = deps;
  const { isAutomatic } = settings;
  const subject = new BehaviorSubject<SyncStatus>(statusAtRest);
  const driver = createDriver(deps, remote, settings, (change) => {
    if (changesStatus(subject.value, change)) subject.next({ ...subject.value, ...change });
  });
  const { state, send, rounds } = driver;
  let isClosing = false;

  const checkOpen = (): void => {
    if (isClosing) throw closedError();
    if (state() === 'paused') throw pausedError();
  };

  const untaken = (): Promise<readonly RefusedEvent[]> => listUntaken(deps.store, driver.untakenKey(), driver.heldSeq);
  const untakenBy = async (eventId: string): Promise<RejectedOwnEvent | undefined> =>
    (await untakenEvents(deps.store, driver.untakenKey(), driver.heldSeq)).find((event) => event.eventId === eventId);
  /** Its number stays open at the remote, so that leaving it out would hold up all that is written later (R9). */
  const refuseUntaken = async (eventId: string): Promise<void> => {
    const found = await untakenBy(eventId);
    if (found === undefined) return;
    const { code, message, by } = found;
    throw new ReknitError(
      'event_not_taken',
      `the remote keeps nothing of "${eventId}", and has told nobody (${code}: ${message}), so there is nothing to ` +
        'decide: it is part of the state here, and what is written later waits behind it. See to it that the remote ' +
        'takes it, and retry; a change that takes it back can be written at once, and leaves together with it',
      { eventId, by, reason: code },
    );
  };

  const now: SyncConnection['now'] = async ({ signal } = {}) => {
    checkSignal(signal);
    checkOpen();
    signal?.throwIfAborted();
    return new Promise<SyncReport>((resolve, reject) => {
      const abort = (): void => rounds.leave(caller, signal?.reason);
      const settle = (finish: () => void): void => {
        signal?.removeEventListener('abort', abort);
        finish();
      };
      const caller: Caller = {
        resolve: (report) => settle(() => resolve(report)),
        reject: (error) => settle(() => reject(error)),
      };
      signal?.addEventListener('abort', abort, { once: true });
      rounds.waiting.add(caller);
      send('asked');
      if (state() === 'standby') void driver.standby.answerLater(caller);
    });
  };

  const synced: SyncConnection['synced'] = async (options = {}) => {
    checkSignal(options.signal);
    if (!isAutomatic) {
      refuseIfAny((await now(options)).refused);
      return;
    }
    checkOpen();
    options.signal?.throwIfAborted();
    const isSent = await recordedSoFar({ store: deps.store, log: deps.log, heldSeq: driver.heldSeq });
    const isInStep = state() === 'live' || state() === 'sending';
    // What was not taken is offered again by a whole round.
    send(isInStep && (await untaken()).length === 0 ? 'changed' : 'asked');
    await driver.condition.until(async () => {
      if (isClosing) throw closedError();
      // In both, no answer is on its way to this process.
      const isAnswered = state() === 'live' || state() === 'standby';
      if (await isSent()) {
        const rejected = await refusals.listRejected();
        if (!isAnswered && rejected.some(({ isRetrying }) => isRetrying)) return false;
        refuseIfAny(rejected);
        return true;
      }
      if (isAnswered) refuseIfAny(await untaken());
      const { phase, error } = subject.value;
      if (phase === 'unauthorized' || phase === 'refused')
        throw new ReknitError(error?.code ?? phase, error?.message ?? 'the remote refuses this replica', {});
      return false;
    }, options.signal);
  };

  driver.begin();

  const connection: SyncConnection = Object.assign(new Standing(subject), {
    status$: subject.asObservable(),
    now,
    synced,
    pause: () => {
      send('paused');
      rounds.turnAway(pausedError);
    },
    resume: () => {
      if (state() !== 'paused') return;
      send('resumed');
      driver.begin();
    },
    close: async () => {
      if (isClosing) return;
      isClosing = true;
      deps.onClosing?.(connection);
      await driver.close();
      subject.complete();
    },
    rejected: {
      list: async () => [
        ...(await refusals.listRejected()),
        ...(await untakenEvents(deps.store, driver.untakenKey(), driver.heldSeq)),
      ],
      retry: async (eventId) => {
        if ((await untakenBy(eventId)) !== undefined) {
          if (isAutomatic) send('asked');
          return;
        }
        await refusals.retry(eventId);
        send('changed');
      },
      reissue: async (eventId) => {
        await refuseUntaken(eventId);
        return refusals.reissue(eventId);
      },
      shelve: async (eventId) => {
        await refuseUntaken(eventId);
        await refusals.shelve(eventId);
        await driver.refresh();
      },
    },
  } satisfies Omit<SyncConnection, 'status'>);
  return connection;
};

/** In a class for the reason that a replica's id is in one: an accessor of its own keeps each object long in memory. */
class Standing {
  readonly #subject: BehaviorSubject<SyncStatus>;

  constructor(subject: BehaviorSubject<SyncStatus>) {
    this.#subject = subject;
  }

  get status(): SyncStatus {
    return this.#subject.value;
  }
}

const refuseIfAny = (refused: readonly RefusedEvent[]): void => {
  const [first] = refused;
  if (first === undefined) return;
  throw new ReknitError(
    'events_refused',
    `the remote refused ${refused.length === 1 ? '' : `${refused.length} events, first `}${first.dot}: ${first.message}`,
    { refused },
  );
};
