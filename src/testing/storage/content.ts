/** Everything that a store answers, for comparing before with after. */
import type { EventStore } from '../../application/ports/event-store.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';

/** More than any case puts into a store. */
const limit = 1_000;

export const contentOf = async (store: EventStore): Promise<unknown> => ({
  facts: await store.facts(),
  events: (await store.readEvents({ after: 0, limit })).items,
  resources: (await store.readResources({ includeDeleted: true, orderBy: 'id', limit })).items.map(comparable),
  conflicts: (await store.readConflicts({ includeSuperseded: true, limit })).items,
  parked: (await store.readParked({ after: 0, limit })).items,
  trail: (await store.readAudit({ after: 0, limit })).items,
  cut: await store.readCut(),
  counts: await store.counts(),
});

/** A settled sibling may come back without its facts, which only contested ones need. */
export const comparable = ({ state, view }: StoredResource): unknown => ({
  view,
  state: {
    ...state,
    units: new Map(
      [...state.units].map(([key, unit]) => [
        key,
        unit.siblings.length > 1
          ? unit
          : { ...unit, siblings: unit.siblings.map((write) => ({ ...write, facts: undefined })) },
      ]),
    ),
  },
});
