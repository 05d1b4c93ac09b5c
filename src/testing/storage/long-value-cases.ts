/**
 * S4 where fields are long: a store may keep a text or a list in parts and write only those that a unit of work has
 * changed, and nobody may be able to tell.
 */
import type { Json, JsonObject } from '../../domain/shared/json.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { eventOf } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { present, same, type StoreCase } from './store-under-test.js';
import { receive, unitOn } from './workshop.js';

const document = { resourceType: 'task', resourceId: 'one' };

/** What a store may damage where it cuts: characters of two code units, and what JSON or SQL writes in another way. */
const long = Array.from({ length: 3_000 }, (_, index) => `${index}😀"\\'\n`).join('');
const items = Array.from({ length: 500 }, (_, index): Json =>
  index % 3 === 0 ? { at: [index], text: '😀' } : `${index}`,
);
const middle = long.indexOf('1500😀');

const versions: readonly JsonObject[] = [
  { notes: long, steps: items, title: 'short' },
  { notes: `${long.slice(0, middle)}x${long.slice(middle)}`, steps: items, title: 'short' },
  { notes: `a${long}`, steps: [...items.slice(0, 250), 'new', ...items.slice(251)], title: 'short' },
  { notes: long.slice(middle), steps: items.slice(1), title: long },
  { notes: 'short', steps: [], title: 'short' },
  { notes: items, steps: long },
  { notes: long, steps: items, title: '' },
];

export const longValueCases: readonly StoreCase[] = [
  [
    'S4 long texts and lists are given back as they were written last, whatever changed in them',
    async ({ store }) => {
      await receive(store, [eventOf('ann', 1, 'one', [])]);
      const first = present(await store.readResource(document), 'the resource');
      for (const [number, fields] of versions.entries()) {
        const written = { state: { ...first.state, units: new Map<string, never>() }, view: { ...first.view, fields } };
        same(await store.commit(await unitOn(store, { resources: [written] })), 'committed', 'the answer');

        const read = await store.readResource(document);
        const { items: listed } = await store.readResources({ orderBy: 'id', limit: 9 });
        for (const stored of [read, ...listed])
          check(
            canonicalJson(stored?.view.fields) === canonicalJson(fields),
            `version ${number} of the fields is not given back as it was written`,
          );
        same(listed.length, 1, 'the resources in a list');
      }
    },
  ],
];
