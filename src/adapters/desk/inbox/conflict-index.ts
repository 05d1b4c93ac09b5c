/**
 * All conflicts of the replica in memory, as far as lists need them, and kept up by what the replica says has
 * changed: a page of an inbox of ten thousand is then a matter of milliseconds, and costs the store nothing.
 */
import type { ConflictOutline, ConflictQuery, Replica, ReplicaChange } from '../../../application/index.js';
import { pages } from '../../../application/pages.js';
import { isReknitError } from '../../../domain/shared/errors.js';
import type { ResourceRef } from '../../../domain/events/event.js';
import { compareTexts } from '../../../domain/resource/resource-key.js';
import type { Logger } from '../../../application/ports/system.js';
import type { DeskClock, DeskLimits } from '../options.js';
import { entryOf, type InboxEntry } from './entry.js';

/** What is other than it was; `all` where more changed than is named. */
export interface IndexNews {
  readonly conflictIds: readonly string[];
  readonly resources: readonly ResourceRef[];
  readonly all: boolean;
}

export interface ConflictIndex {
  /**
   * Resolves when what was committed before this call is taken in. The first time, when the pending conflicts are:
   * the resolved ones come as they are read.
   */
  readonly ready: () => Promise<void>;
  /** The newest first. The same list as long as nothing changed. */
  readonly entries: () => readonly InboxEntry[];
  readonly get: (conflictId: string) => InboxEntry | undefined;
  /** Resolved ones are missing: too many, or not read yet. */
  readonly isPartial: () => boolean;
  readonly watch: (listener: (news: IndexNews) => void) => () => void;
  readonly close: () => Promise<void>;
}

const pageSize = 500;
/** Beyond so many changed resources all conflicts are read again. */
const namedMax = 2_000;

export interface ConflictIndexDeps {
  readonly replica: Replica;
  readonly limits: DeskLimits;
  readonly clock: DeskClock;
  readonly logger: Logger;
}

export const createConflictIndex = ({ replica, limits, clock, logger }: ConflictIndexDeps): ConflictIndex => {
  const { review } = replica;
  let byId = new Map<string, InboxEntry>();
  let byResource = new Map<string, Set<string>>();
  let sorted: readonly InboxEntry[] | undefined;
  let isWhole = false;
  let isTooMany = false;
  let isClosed = false;
  const listeners = new Set<(news: IndexNews) => void>();

  let isAll = true;
  let hasFailed = false;
  const changed = new Map<string, ResourceRef>();
  /** Conflicts that changed, of which nobody knows here yet what they are about. */
  const unknown = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  let cancelGathering: (() => void) | undefined;

  const put = (entry: InboxEntry, into = byId, resources = byResource): void => {
    const { conflictId } = entry.summary;
    into.set(conflictId, entry);
    const key = keyOf(entry.summary);
    const ids = resources.get(key) ?? new Set();
    ids.add(conflictId);
    resources.set(key, ids);
  };
  const drop = (conflictId: string): void => {
    const entry = byId.get(conflictId);
    if (entry === undefined) return;
    byId.delete(conflictId);
    const key = keyOf(entry.summary);
    const ids = byResource.get(key);
    ids?.delete(conflictId);
    if (ids?.size === 0) byResource.delete(key);
  };
  /** Forgets the oldest resolved ones, some at once, so that it is not done for each. */
  const trim = (): void => {
    if (byId.size <= limits.conflictsMax * 1.1) return;
    isTooMany = true;
    const resolved = [...byId.values()]
      .filter(({ resolvedMs }) => resolvedMs !== undefined)
      .sort((a, b) => a.createdMs - b.createdMs);
    for (const { summary } of resolved.slice(0, byId.size - limits.conflictsMax)) drop(summary.conflictId);
  };

  const readAll = async (): Promise<void> => {
    const nextById = new Map<string, InboxEntry>();
    const nextByResource = new Map<string, Set<string>>();
    const ownId = replica.replicaId;
    isTooMany = false;
    const read = async (status: 'pending_review' | 'resolved', onPage: () => void): Promise<void> => {
      for await (const page of pages<ConflictQuery, ConflictOutline, string>(review.outlines, {
        status,
        limit: pageSize,
      })) {
        if (isClosed) return;
        for (const outline of page) put(entryOf(outline, ownId), nextById, nextByResource);
        onPage();
      }
    };
    await read('pending_review', () => undefined);
    // Those that are resolved were there before, or are read in the background of the first answer.
    const isFirst = byId.size === 0;
    if (isFirst) {
      byId = nextById;
      byResource = nextByResource;
      sorted = undefined;
      markReady();
    }
    await read('resolved', () => {
      if (!isFirst) return;
      sorted = undefined;
      trim();
    });
    byId = nextById;
    byResource = nextByResource;
    isWhole = true;
    sorted = undefined;
    trim();
    tell({ conflictIds: [], resources: [], all: true });
  };

  const readChanged = async (refs: readonly ResourceRef[]): Promise<void> => {
    const ids = new Set<string>();
    const ownId = replica.replicaId;
    for (const resource of refs) {
      const old = new Map(
        [...(byResource.get(keyOf(resource)) ?? [])].map((id) => [id, byId.get(id)?.summary.version]),
      );
      for await (const page of pages<ConflictQuery, ConflictOutline, string>(review.outlines, {
        resource,
        limit: pageSize,
      }))
        for (const outline of page) {
          if (old.get(outline.conflictId) !== outline.version) ids.add(outline.conflictId);
          old.delete(outline.conflictId);
          put(entryOf(outline, ownId));
        }
      for (const gone of old.keys()) {
        ids.add(gone);
        drop(gone);
      }
    }
    if (ids.size > 0) sorted = undefined;
    trim();
    tell({ conflictIds: [...ids], resources: refs, all: false });
  };

  const tell = (news: IndexNews): void => {
    for (const listener of listeners) listener(news);
  };

  const takeIn = async (before: Promise<void>): Promise<void> => {
    await before;
    if (isClosed) return;
    try {
      if (!isAll) await findUnknown();
      const wasAll = isAll;
      const refs = [...changed.values()];
      isAll = false;
      changed.clear();
      // What came up while the others were found stays for the next turn.
      if (wasAll) unknown.clear();
      if (wasAll) await readAll();
      else if (refs.length > 0) await readChanged(refs);
      hasFailed = false;
    } catch (error) {
      // Whatever cannot be read now is read again when somebody asks, or something changes.
      isAll = true;
      hasFailed = true;
      if (!isReknitError(error, 'store_closed'))
        logger.warn('conflicts could not be read', { error: error instanceof Error ? error.message : String(error) });
      markReady();
    }
  };
  const work = (): Promise<void> => {
    cancelGathering?.();
    cancelGathering = undefined;
    working = takeIn(working);
    return working;
  };

  let markReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  const watching = replica.changes$.subscribe((change) => {
    note(change);
    cancelGathering ??= clock.after(limits.gatherMs, () => void work());
  });
  const note = ({ resources, conflicts }: ReplicaChange): void => {
    if ((resources.length === 0 && conflicts.length === 0) || changed.size + resources.length > namedMax) isAll = true;
    else for (const ref of resources) changed.set(keyOf(ref), ref);
    // A dependency's conflict may be about a resource that itself did not change.
    for (const id of conflicts) {
      const known = byId.get(id);
      if (known === undefined) unknown.add(id);
      else changed.set(keyOf(known.summary), known.summary);
    }
  };
  const findUnknown = async (): Promise<void> => {
    const ids = [...unknown];
    unknown.clear();
    for (let start = 0; start < ids.length; start += pageSize)
      for (const { resourceType, resourceId } of await review.find(ids.slice(start, start + pageSize)))
        changed.set(keyOf({ resourceType, resourceId }), { resourceType, resourceId });
  };
  void work();

  return {
    ready: () => (isWhole || hasFailed ? work() : ready),
    entries: () => {
      sorted ??= [...byId.values()].sort(newestFirst);
      return sorted;
    },
    get: (conflictId) => byId.get(conflictId),
    isPartial: () => !isWhole || isTooMany,
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      isClosed = true;
      watching.unsubscribe();
      cancelGathering?.();
      listeners.clear();
      await working;
    },
  };
};

/** What the order hangs on. */
export interface Placed {
  readonly createdMs: number;
  readonly summary: ResourceRef & { readonly conflictId: string };
}

export const newestFirst = (a: Placed, b: Placed): number =>
  b.createdMs - a.createdMs || compareTexts(a.summary.conflictId, b.summary.conflictId);

const keyOf = ({ resourceType, resourceId }: ResourceRef): string => JSON.stringify([resourceType, resourceId]);
