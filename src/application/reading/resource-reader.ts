/** Reading what resources are now, one by one or in pages. */
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { compareTexts } from '../../domain/resource/resource-key.js';
import {
  checkCursor,
  checkLimit,
  checkObjectOf,
  checkOneOf,
  checkRef,
  checkTextOrNone,
  checkWhere,
  withoutUndefined,
} from '../argument-checks.js';
import { listMembers, type ListQuery } from './list-query.js';
import type { MergeDeps } from '../merge-driver.js';
import { conflictPages, resourcePages } from '../pages.js';
import type { Replica } from '../replica.js';
import { snapshotOf, type ResourceSnapshot } from './resource-snapshot.js';

export interface ResourceReader extends Pick<Replica, 'get' | 'list'> {
  /** What a stored or folded resource looks like to readers. */
  readonly snapshot: (stored: StoredResource) => ResourceSnapshot;
}

const pageSize = 500;

export const createResourceReader = ({
  store,
  policy,
  system,
}: Pick<MergeDeps, 'store' | 'policy' | 'system'>): ResourceReader => {
  const snapshot = (stored: StoredResource): ResourceSnapshot => snapshotOf(stored, policy, system.sha256);

  /** Conflicts about what a resource refers to do not follow from its own state, and are read besides. */
  const whole = async (stored: StoredResource): Promise<ResourceSnapshot> => {
    const shown = snapshot(stored);
    if (stored.view.references.length === 0) return shown;
    const { resourceType, resourceId } = shown;
    const conflicts = [...shown.conflicts];
    for await (const page of conflictPages(store, {
      resource: { resourceType, resourceId },
      conflictType: 'dependency',
      limit: pageSize,
    }))
      for (const { record } of page) if (record.isStanding) conflicts.push(record.conflictId);
    return { ...shown, conflicts: conflicts.sort(compareTexts) };
  };

  const hasDependencyConflicts = async (): Promise<boolean> =>
    (await store.readConflicts({ conflictType: 'dependency', limit: 1 })).items.length > 0;

  const get: Replica['get'] = async (resourceType, resourceId) => {
    checkRef({ resourceType, resourceId });
    const stored = await store.readResource({ resourceType, resourceId });
    return stored === undefined || stored.state.existence.length === 0 ? undefined : whole(stored);
  };

  async function* list(query: ListQuery = {}): AsyncIterable<ResourceSnapshot> {
    checkObjectOf(query, 'query', listMembers);
    checkWhere(query.where);
    checkCursor(query.after);
    checkTextOrNone(query.resourceType, 'resourceType');
    checkLimit(query.limit);
    checkOneOf(query.orderBy, 'orderBy', ['id', 'updatedAt']);
    const { limit: most = Infinity, ...rest } = withoutUndefined(query);
    let left = most;
    if (left <= 0) return;
    for await (const page of resourcePages(store, {
      orderBy: 'id',
      ...rest,
      defaults: policy.defaults,
      limit: Math.min(most, pageSize),
    })) {
      // Most data has no conflict of the kind, so it is not asked for resource by resource.
      const isDisputed = page.some(({ view }) => view.references.length > 0) && (await hasDependencyConflicts());
      for (const stored of page) {
        yield isDisputed ? await whole(stored) : snapshot(stored);
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  return { get, list, snapshot };
};
