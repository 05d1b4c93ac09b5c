/**
 * Refusals by a hub (R9). What the hub published is a durable fact: an own event that it names
 * leaves the state, with everything built on it, and stays stored with the reason until
 * somebody decides. It can be sent again, recorded anew on the current heads, or shelved.
 *
 * Foreign events that the hub refused stay as they are, and status and digest say so: only
 * their authors can take them back.
 */
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { Dot, ReknitEvent, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { Refusal } from '../../domain/merge/unit-of-work.js';
import type { Change } from '../../domain/resource/change.js';
import { uniqueRefs } from '../../domain/resource/resource-key.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { checkText } from '../argument-checks.js';
import { commitNotes } from '../commit-notes.js';
import { runMerge, type MergeDeps } from '../merge-driver.js';
import { changesBy, type RemoteOpinion } from './opinion.js';
import { changeOf, descendantsOf, readRejected, type Rejected } from './rejected.js';

/** An own event that a hub refused. */
export interface RejectedOwnEvent {
  readonly eventId: string;
  readonly dot: Dot;
  readonly code: string;
  readonly message: string;
  readonly event: ReknitEvent;
  /** The remote that refused it. */
  readonly by: string;
  /** When this replica learned of it. */
  readonly at: string;
  /** Somebody asked for it to be sent again, and there is no answer yet. */
  readonly isRetrying: boolean;
  /**
   * Whether everyone was told. Otherwise it is still part of the state, and is offered again; it can be retried, and
   * neither reissued nor shelved.
   */
  readonly isPublished: boolean;
}

/** What handling refusals needs. */
export interface RefusalsDeps extends MergeDeps {
  /** Records a change as the agent; answers its event. */
  readonly record: (change: Change, agentId: string) => Promise<ReknitEvent>;
  readonly onChanged: (changed: readonly ResourceRef[], conflictIds: readonly string[]) => void;
}

/** Own events that a remote refused: taken out, listed, and sent again, reissued or shelved. */
export interface Refusals {
  readonly applyRefusals: (opinion: RemoteOpinion) => Promise<void>;
  readonly listRejected: () => Promise<readonly RejectedOwnEvent[]>;
  readonly retry: (eventId: string) => Promise<void>;
  /** Parents first. */
  readonly retries: () => Promise<readonly SealedEvent[]>;
  readonly reissue: (eventId: string) => Promise<ReknitEvent>;
  readonly shelve: (eventId: string) => Promise<void>;
}

/** What becomes of own events that a remote has refused (R9). */
export const createRefusals = (deps: RefusalsDeps): Refusals => {
  const { store, system } = deps;
  const note = (refusals: readonly Refusal[], acts: readonly AuditAct[]): Promise<void> =>
    commitNotes(deps, (work) => ({ ...work, refusals }), acts);

  const applyRefusals: Refusals['applyRefusals'] = async (opinion) => {
    if (opinion.refused.length === 0 && opinion.accepted.length === 0) return;
    const changes = await changesBy(store, opinion, msToTimestamp(system.clock()));
    if (changes === undefined) return;
    const { refusals, withdraw, readmit, acts } = changes;
    if (withdraw.length === 0 && readmit.length === 0) return note(refusals, acts);
    const readmitted = new Set(readmit.map(({ dot }) => dot));
    const report = await runMerge(deps, {
      batch: [],
      origin: { type: 'received' },
      acts,
      rederive: uniqueRefs([...withdraw, ...readmit].map(({ event }) => event)),
      refusals: { withdraw: new Set(withdraw.map(({ dot }) => dot)), readmit: readmitted },
      // What the hub has accepted it has durably.
      complete: (work) => ({
        ...work,
        refusals,
        append: work.append.map((one) => (readmitted.has(one.sealed.dot) ? { ...one, isLocal: false } : one)),
      }),
    });
    deps.onChanged(report.changed, report.conflictIds);
  };

  const rejected = (...statuses: readonly Refusal['status'][]): ReturnType<typeof readRejected> =>
    readRejected(store, statuses);

  const find = async (eventId: string): Promise<Rejected> => {
    checkText(eventId, 'eventId');
    const one = (await rejected('pending', 'retrying')).find(({ refusal }) => refusal.eventId === eventId);
    if (one === undefined)
      throw new ReknitError(
        'event_not_rejected',
        `no event "${eventId}" waits here for a decision after a refusal: rejected.list() names those that do`,
        { eventId },
      );
    return one;
  };

  const shelve = async ({ refusal }: Rejected, act: AuditAct): Promise<void> =>
    note([{ ...refusal, status: 'shelved' }], [act]);

  return {
    applyRefusals,
    listRejected: async () =>
      (await rejected('pending', 'retrying')).map(({ refusal, sealed }) => ({
        eventId: refusal.eventId,
        dot: refusal.dot,
        code: refusal.code,
        message: refusal.message,
        event: sealed.event,
        by: refusal.by,
        at: refusal.at,
        isRetrying: refusal.status === 'retrying',
        isPublished: true,
      })),
    retry: async (eventId) => {
      const one = await find(eventId);
      const again = [one, ...descendantsOf(one, await rejected('pending'))];
      await note(
        again.map(({ refusal }) => ({ ...refusal, status: 'retrying' })),
        again.map(({ refusal }) => ({ type: 'RejectedEventRetried', dot: refusal.dot })),
      );
    },
    retries: async () =>
      (await rejected('retrying')).map(({ sealed }) => sealed).sort((a, b) => a.event.seq - b.event.seq),
    reissue: async (eventId) => {
      const one = await find(eventId);
      const { event } = one.sealed;
      // Derived, so that a repeated call after a crash half way records nothing twice.
      const reissuedId = system.sha256(`reissue ${one.sealed.hash}`).slice(0, 32);
      const reissued = await deps.record(changeOf(event, reissuedId), event.agentId);
      await shelve(one, { type: 'RejectedEventReissued', dot: one.refusal.dot, eventId: reissued.eventId });
      return reissued;
    },
    shelve: async (eventId) => {
      const one = await find(eventId);
      await shelve(one, { type: 'RejectedEventShelved', dot: one.refusal.dot });
    },
  };
};
