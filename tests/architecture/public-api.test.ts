/**
 * The public surface, entry point by entry point, is what the texts in `public-api/` say: what a change does to
 * embedders is then seen in its diff. `npm run api:renew` writes them anew.
 *
 * Every export has a docstring, as the reference is made of them.
 */
import { expect, test } from 'vitest';
import { publicApi } from '../support/public-api.js';

const entryPoints = publicApi();

test.each(entryPoints.map((entry) => [entry.name, entry] as const))('%s exports what it did', async (name, entry) => {
  const file = name === 'reknit' ? 'index' : name.replace('reknit/', '').replaceAll('/', '-');

  expect(entry.exported).toBeGreaterThan(0);
  await expect(entry.text).toMatchFileSnapshot(`public-api/${file}.txt`);
});

test.each(entryPoints.map((entry) => [entry.name, entry] as const))('%s explains each export', (_name, entry) => {
  expect(entry.undocumented).toEqual([]);
});
