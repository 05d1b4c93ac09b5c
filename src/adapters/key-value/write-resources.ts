/** Writes resources with the entries by which they are found: by time, by pending conflicts, by what they refer to. */
import type { ResourceRef } from '../../domain/events/event.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Draft } from './draft.js';
import { keys } from './keys.js';
import { toStoredText, type StoredText } from './stored-text.js';

export const keysOfResources = (work: UnitOfWork): readonly string[] =>
  work.resources.map(({ state }) => keys.resource(state));

export const writeResources = (work: UnitOfWork, draft: Draft): void => {
  for (const stored of work.resources) {
    const key = keys.resource(stored.state);
    const before = draft.read(key);
    const text = toStoredText(stored, before?.number ?? (draft.head.resources += 1));
    if (before !== undefined) count(before, -1, draft);
    count(text, 1, draft);
    const [old, now] = [before === undefined ? [] : indexOf(before), indexOf(text)];
    const kept = new Set(now);
    for (const entry of old) if (!kept.has(entry)) draft.remove(entry);
    const had = new Set(old);
    for (const entry of now) if (!had.has(entry)) draft.put<number>(entry, text.number);
    draft.put(key, text);
  }
};

/** A resource that no event made exist is stored for its graph, and found by its name alone. */
const isListed = ({ state }: StoredText): boolean => state.existence.length > 0;

const count = (text: StoredText, by: 1 | -1, { head: { counts } }: Draft): void => {
  if (isListed(text)) counts.resources += by;
  if (text.view.references.length > 0) counts.referring += by;
};

const indexOf = (text: StoredText): readonly string[] => {
  const { state, view } = text;
  const ref: ResourceRef = state;
  return [
    ...(isListed(text) ? [keys.latest(view.updatedAt, ref), keys.latestOf(view.updatedAt, ref)] : []),
    ...(isListed(text) && view.pendingConflicts > 0 ? [keys.pending(ref)] : []),
    ...view.references.map((target) => keys.referrer(target, ref)),
  ];
};
