/** Own events that a hub refused and that are kept for a decision, and what such a decision is about. */
import type { Dot, ReknitEvent, SealedEvent } from '../../domain/events/event.js';
import type { Refusal } from '../../domain/merge/unit-of-work.js';
import type { Change } from '../../domain/resource/change.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { EventStore } from '../ports/event-store.js';
import { nameOf, refusalPages, storedByName } from './stored-refusals.js';

export interface Rejected {
  readonly refusal: Refusal;
  readonly sealed: SealedEvent;
}

/** The code of what is refused only because something before it was. */
const parentRefused = 'parent_refused';

export const readRejected = async (
  store: EventStore,
  statuses: readonly Refusal['status'][],
): Promise<readonly Rejected[]> => {
  const found: Rejected[] = [];
  for await (const page of refusalPages(store)) {
    const open = page.filter(({ status }) => statuses.includes(status));
    const stored = await storedByName(store, open);
    for (const refusal of open) {
      const event = stored.get(nameOf(refusal));
      if (event?.place === 'refused') found.push({ refusal, sealed: event.sealed });
    }
  }
  return found;
};

/** Those that were refused only because this one was. */
export const descendantsOf = ({ sealed }: Rejected, others: readonly Rejected[]): readonly Rejected[] => {
  const reached = new Set<Dot>([sealed.dot]);
  const key = resourceKeyOf(sealed.event);
  return others
    .filter(({ refusal, sealed: other }) => refusal.code === parentRefused && resourceKeyOf(other.event) === key)
    .sort((a, b) => a.sealed.event.seq - b.sealed.event.seq)
    .filter(({ sealed: other }) => {
      const isBuiltOnIt = other.event.parents.some((parent) => reached.has(parent));
      if (isBuiltOnIt) reached.add(other.dot);
      return isBuiltOnIt;
    });
};

/** The change that an event recorded, to be recorded anew under another id. */
export const changeOf = (event: ReknitEvent, eventId: string): Change => {
  const { resourceType, resourceId, operation, payload, conflictId, agentId, note, priority, dependsOn, ruleId } =
    event;
  return {
    resourceType,
    resourceId,
    operation,
    payload,
    ...(conflictId === undefined ? {} : { conflictId }),
    options: {
      eventId,
      agentId,
      ...(note === undefined ? {} : { note }),
      ...(typeof ruleId === 'string' ? { ruleId } : {}),
      ...(priority === undefined ? {} : { priority }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
    },
  };
};
