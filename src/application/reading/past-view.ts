/** The past as readers see it: states and conflicts as of a cut (R37). */
import type { Cut } from '../../domain/causality/version-vector.js';
import { compareTexts } from '../../domain/resource/resource-key.js';
import { checkObject, checkRef } from '../argument-checks.js';
import { conflictView, viewContext } from './conflict-view.js';
import type { History, HistoryDeps } from '../history.js';
import type { PastView } from '../replica.js';
import type { ResourceReader } from './resource-reader.js';

export interface PastViewDeps extends Pick<HistoryDeps, 'policy' | 'system'>, Pick<ResourceReader, 'snapshot'> {
  readonly history: History;
  readonly replicaId: () => string;
}

export const createPastView = ({ history, policy, system, snapshot, replicaId }: PastViewDeps, cut: Cut): PastView => ({
  get: async (resourceType, resourceId) => {
    const ref = { resourceType, resourceId };
    checkRef(ref);
    const folded = await history.foldAt(cut, ref);
    const found = folded.resources.find(
      ({ state }) => state.resourceType === resourceType && state.resourceId === resourceId,
    );
    return found === undefined ? undefined : snapshot(found);
  },
  list: async (query = {}) => {
    checkObject(query, 'query');
    const { resourceType, includeDeleted = false } = query;
    const { resources } = await history.foldAt(cut, 'all');
    return resources
      .filter(
        ({ state, view }) =>
          (resourceType === undefined || state.resourceType === resourceType) && (includeDeleted || !view.deleted),
      )
      .map(snapshot);
  },
  conflicts: async () => {
    const { conflicts, events } = await history.foldAt(cut, 'contestable');
    const standing = conflicts.filter(({ isStanding }) => isStanding);
    const histories = await history.wholeHistories(standing);
    const context = viewContext({ policy, sha256: system.sha256, replicaId: replicaId(), events, histories });
    return standing
      .map((record) => conflictView(record, undefined, context))
      .sort((a, b) => compareTexts(a.conflictId, b.conflictId));
  },
  leftOut: async () => (await history.foldAt(cut, 'all')).leftOut,
});
