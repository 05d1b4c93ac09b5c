/** Everything that a store answers, in a form in which two stores can be compared. */
import type { EventStore, Page, ResourceCursor } from '../../src/application/ports/event-store.js';
import type { StoredResource } from '../../src/domain/merge/unit-of-work.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';

/** Pages small enough that following `next` is exercised. */
const limit = 7;

const pagesOf = async <Item, Position>(
  read: (after: Position | undefined) => Promise<Page<Item, Position>>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (let page = await read(undefined); ; page = await read(page.next)) {
    items.push(...page.items);
    if (page.next === undefined) return items;
  }
};

export const contentOf = async (store: EventStore): Promise<unknown> => {
  const { replica, policy, audit, logHead } = await store.facts();
  const resources = await pagesOf<StoredResource, ResourceCursor>((after) =>
    store.readResources({ includeDeleted: true, orderBy: 'id', limit, ...(after === undefined ? {} : { after }) }),
  );
  const byTime = await pagesOf<StoredResource, ResourceCursor>((after) =>
    store.readResources({
      includeDeleted: true,
      orderBy: 'updatedAt',
      limit,
      ...(after === undefined ? {} : { after }),
    }),
  );
  const events = await pagesOf<unknown, number>((after = 0) => store.readEvents({ after, limit }));
  const conflicts = await pagesOf<unknown, string>((after) =>
    store.readConflicts({ includeSuperseded: true, limit, ...(after === undefined ? {} : { after }) }),
  );
  return asJson({
    replica,
    policy,
    audit,
    logHead,
    events,
    resources: resources.map(comparable),
    byTime: byTime.map(({ state }) => [state.resourceType, state.resourceId]),
    conflicts,
    parked: await pagesOf<unknown, number>((after = 0) => store.readParked({ after, limit })),
    trail: await pagesOf<unknown, number>((after = 0) => store.readAudit({ after, limit })),
    cut: await store.readCut(),
    counts: await store.counts(),
  });
};

const asJson = (value: unknown): unknown => JSON.parse(canonicalJson(value)) as unknown;

/** A settled sibling may come back without its facts; maps have no order. */
const comparable = ({ state, view }: StoredResource): unknown => ({
  view,
  state: {
    ...state,
    units: Object.fromEntries(
      [...state.units].map(([key, unit]) => [
        key,
        unit.siblings.length > 1
          ? unit
          : { ...unit, siblings: unit.siblings.map((write) => ({ ...write, facts: undefined })) },
      ]),
    ),
  },
});
