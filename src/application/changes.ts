/** What changed, for those who watch: told after the commit, so a watcher who reads sees it. */
import {
  Subject,
  concatMap,
  debounceTime,
  distinctUntilChanged,
  filter,
  from,
  merge,
  of,
  takeUntil,
  type Observable,
} from 'rxjs';
import type { ResourceRef } from '../domain/events/event.js';
import { compareRefs, refOf } from '../domain/resource/resource-key.js';
import { canonicalJson } from '../domain/shared/canonical-json.js';
import type { EventStore } from './ports/event-store.js';

/** One commit, as watchers hear of it. */
export interface ReplicaChange {
  readonly origin: 'local' | 'process' | 'remote';
  /** The resources that changed; empty where another process changed more than is told one by one. */
  readonly resources: readonly ResourceRef[];
  /** Conflicts that were detected, or got another answer. */
  readonly conflicts: readonly string[];
}

/** Tells who watches. */
export interface ChangeFeed {
  readonly changes$: Observable<ReplicaChange>;
  readonly tell: (change: ReplicaChange) => void;
  /** The answer to a question now, and again whenever it changes. */
  readonly watch: <Answer>(
    ask: () => Promise<Answer>,
    concerns: (change: ReplicaChange) => boolean,
  ) => Observable<Answer>;
  readonly close: () => void;
}

/** Changes of other processes that are named one by one; more are told as "something". */
const foreignMax = 10_000;

/** Hears of this process by `tell`, of others by the store. */
export const createChangeFeed = (store: EventStore): ChangeFeed => {
  const subject = new Subject<ReplicaChange>();
  const closing = new Subject<void>();
  let position = 0;
  let version = -1;
  const findStart = async (): Promise<void> => {
    const { logHead, audit } = await store.facts();
    position = logHead;
    version = audit.count;
  };
  // Where the start is not known everything counts as new, which is told as "something".
  let unread: Promise<void> = findStart().catch(() => undefined);

  const readForeign = async (): Promise<void> => {
    const { audit } = await store.facts();
    // A lease that another process extends is a commit too, and changes nothing that anyone watches.
    if (audit.count === version) return;
    version = audit.count;
    const { items } = await store.readEvents({ after: position, limit: foreignMax });
    position = items.at(-1)?.position ?? position;
    const resources = items.length === foreignMax ? [] : items.map(({ sealed }) => refOf(sealed.event));
    subject.next({ origin: 'process', resources, conflicts: [] });
  };
  const stop = store.watchOthers(() => {
    // What cannot be read now may be read next time: a failure is no reason to stop telling.
    unread = unread.then(readForeign).catch(() => subject.next({ origin: 'process', resources: [], conflicts: [] }));
  });

  return {
    changes$: subject.asObservable(),
    tell: (change) => subject.next(change),
    watch: (ask, concerns) =>
      merge(of(undefined), subject.pipe(filter(concerns), debounceTime(0))).pipe(
        concatMap(() => from(ask())),
        distinctUntilChanged((a, b) => canonicalJson(a) === canonicalJson(b)),
        takeUntil(closing),
      ),
    close: () => {
      stop();
      // First, so that a question on its way is dropped, and not answered by "the store is closed".
      closing.next();
      subject.complete();
    },
  };
};

/** Whether a change may concern a resource; a change that names none may concern any. */
export const concernsResource =
  (ref: ResourceRef) =>
  (change: ReplicaChange): boolean =>
    change.resources.length === 0 || change.resources.some((other) => compareRefs(other, ref) === 0);
