/** The contract of a hub's log, kept by the shipped logs; and wrong logs, each caught by the sentence that it breaks. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMemoryHubLog, openSqliteHubLog } from '../../src/adapters/hub/log/index.js';
import { hubLogContract } from '../../src/testing/index.js';
import { wrongHubLogs } from '../support/wrong-hub-logs.js';
import { createFolder } from '../support/temporary-folder.js';

describe('the log in memory', () => {
  for (const { name, run } of hubLogContract(async (options) => ({ log: createMemoryHubLog(options) })))
    test(name, run);
});

describe('the log in a file', () => {
  const cases = hubLogContract(async (options) => {
    const { path, remove } = createFolder();
    const open = async () => openSqliteHubLog({ file: join(path, 'hub.db'), watchIntervalMs: 2, ...options });
    return { log: await open(), openAgain: open, cleanUp: async () => remove() };
  });
  for (const { name, run } of cases) test(name, run);
});

describe('the contract', () => {
  test.each(wrongHubLogs)('%s is caught by %s', async (_what, sentence, createLog) => {
    const failed: string[] = [];
    for (const { name, run } of hubLogContract(createLog))
      await run().catch(() => {
        failed.push(name.slice(0, name.indexOf(' ')));
      });

    expect(failed).toContain(sentence);
  });
});
