/**
 * A program for a browser, or for anything else that runs JavaScript: notebooks that were written on two devices become
 * one. It imports `reknit/domain` and nothing else, keeps its events wherever it likes (here: nowhere), and names no
 * platform. `examples/embed-the-domain.mjs` bundles and runs it.
 */
import {
  counter,
  defineResource,
  definePolicy,
  foldEvents,
  increment,
  list,
  mergeEvents,
  add,
  reference,
  register,
  set,
  splice,
  text,
  threeWay,
  type JsonObject,
  type PlainEvent,
} from 'reknit/domain';

const page = defineResource('page', {
  version: 1,
  fields: {
    title: register<string>(undefined, { strategy: threeWay() }),
    stars: counter(),
    tags: set<string>(),
    steps: list<string>(),
    body: text(),
    notebookId: reference('notebook'),
  },
});
const policy = definePolicy({ name: 'notebooks', version: 1, resources: [page] });

/** One device's change of the page; a program that has replicas lets them number and stamp their events. */
const change = (device: string, second: number, operation: string, payload: JsonObject): PlainEvent => ({
  eventId: `${device} ${second}`,
  agentId: device,
  resourceType: 'page',
  resourceId: 'plans',
  operation,
  timestamp: `2026-02-02T10:00:${String(second).padStart(2, '0')}.000Z`,
  payload,
});

const shared = change('desk', 1, 'create', {
  title: 'Plans',
  stars: 1,
  tags: ['home'],
  steps: ['pack', 'leave'],
  body: 'By train.',
  notebookId: 'travel',
});
const atDesk = [
  shared,
  change('desk', 2, 'update', { stars: increment(2), tags: add('summer'), body: splice(9, 0, ' Tickets are booked.') }),
];
const onPhone = [
  shared,
  change('phone', 3, 'update', {
    title: 'Travel plans',
    stars: increment(1),
    tags: add('2026'),
    steps: splice(1, 0, ['lock the door']),
    body: splice(0, 2, 'Go by'),
  }),
];

const merged = mergeEvents(atDesk, onPhone, policy);
const again = mergeEvents(onPhone, atDesk, policy);

/** What the bundle answers: plain data, which whoever runs it compares with what it should be. */
export const answer = {
  fields: merged.resources[0]?.fields,
  conflicts: merged.conflictCount,
  /** Whichever device merges, and from events in any order, it is the same page. */
  isSame:
    JSON.stringify(again.resources) === JSON.stringify(merged.resources) &&
    JSON.stringify(foldEvents([...merged.mergedEvents].reverse(), policy).resources[0]?.view.fields) ===
      JSON.stringify(merged.resources[0]?.fields),
};
