/** What an event says about its resource and others: what it depends on, and a dangling dependency that is to stay. */
import { byDot } from '../causality/dot.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import type { ResourceDraft } from './draft.js';

/** Notes what the event depends on, and a dependency conflict that it leaves dangling. */
export const noteDependencies = (
  draft: ResourceDraft,
  { event, dot }: SealedEvent,
  hasSeen: (dot: Dot) => boolean,
): void => {
  const targets = event.dependsOn ?? nothing;
  const names = targets.length > 0;
  if (names || event.operation === 'create') draft.dependsOn = draft.dependsOn.filter((write) => !hasSeen(write.dot));
  if (names) draft.dependsOn = [...draft.dependsOn, { dot, targets }].sort(byDot);
  if (event.operation === 'resolve' && event.conflictId !== undefined && isEmptyPayload(event.payload))
    draft.kept = [...draft.kept, { conflictId: event.conflictId, dot }].sort(byDot);
};

const nothing: readonly ResourceRef[] = [];

const isEmptyPayload = (payload: SealedEvent['event']['payload']): boolean =>
  payload !== null && Object.keys(payload).length === 0;
