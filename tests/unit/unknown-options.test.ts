/** An option by a wrong name is refused at every door: what was meant by it would not happen, and nobody would say so. */
import { expect, test } from 'vitest';
import { createDesk, type DeskOptions } from '../../src/adapters/desk/index.js';
import {
  createHub,
  createMemoryHubLog,
  openSqliteHubLog,
  serveHub,
  type HubOptions,
} from '../../src/adapters/hub/index.js';
import { eventStoreOver } from '../../src/adapters/key-value/index.js';
import { bundleRemote } from '../../src/adapters/remote/bundle/index.js';
import { hubRemote } from '../../src/adapters/remote/hub/hub-remote.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import {
  definePolicy,
  defineResource,
  defineStrategy,
  reference,
  register,
  undecided,
} from '../../src/domain/index.js';

const typo: object = { retrys: 3 };
const fields = { title: register() };

const doors: readonly (readonly [name: string, open: () => unknown])[] = [
  ['openSqliteStore', () => openSqliteStore({ file: 'never.db', ...typo })],
  ['openSqliteHubLog', () => openSqliteHubLog({ file: 'never.db', ...typo })],
  ['openSqliteHubLog, parking,', () => openSqliteHubLog({ file: 'never.db', parking: { ...typo } })],
  ['createMemoryHubLog, parking,', () => createMemoryHubLog({ parking: { ...typo } })],
  ['createMemoryHubLog', () => createMemoryHubLog({ ...typo })],
  ['eventStoreOver', () => eventStoreOver({} as never, { ...typo })],
  ['bundleRemote', () => bundleRemote({ file: 'never.ndjson', ...typo })],
  ['hubRemote', () => hubRemote({ url: 'http://127.0.0.1:1', ...typo })],
  ['createHub', () => createHub({ ...typo } as unknown as HubOptions)],
  ['createDesk', () => createDesk({ ...typo } as unknown as DeskOptions)],
  ['defineStrategy', () => defineStrategy({ name: 'own', version: 1, decide: () => undecided, ...typo })],
  ['definePolicy', () => definePolicy({ name: 'own', version: 1, ...typo })],
  ['the definition of "feature"', () => defineResource('feature', { version: 1, fields, ...typo })],
  ['group', () => defineResource('feature', { version: 1, fields }).group('all', ['title'], { ...typo })],
  ['register', () => register(undefined, { ...typo })],
  ['reference', () => reference('feature', { ...typo })],
];

test.each(doors)('%s', (name, open) => {
  expect(open).toThrow(
    expect.objectContaining({
      code: 'unknown_option',
      message: expect.stringContaining(`${name} has no "retrys": it can hold `) as string,
    }),
  );
});

test('serveHub, where it is asked to listen', async () => {
  await expect(serveHub({ limits: { ...typo } } as never)).rejects.toMatchObject({
    code: 'unknown_option',
    message: expect.stringContaining('serveHub, limits, has no "retrys"') as string,
  });
  await expect(serveHub({ ...typo } as never)).rejects.toMatchObject({ code: 'unknown_option' });
});
