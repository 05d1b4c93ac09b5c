// Every published entry point loads in plain JavaScript, and has what its name promises.
import assert from 'node:assert/strict';
import manifest from 'reknit/package.json' with { type: 'json' };

const promised = {
  reknit: ['openReplica', 'bundleRemote', 'hubRemote', 'replicaRemote'],
  'reknit/domain': ['compare', 'mergeEvents', 'foldEvents', 'foldResource'],
  'reknit/application': ['createReplica'],
  'reknit/adapters/indexed-db': ['openIndexedDb'],
  'reknit/adapters/key-value': ['eventStoreOver', 'createMemoryKeyValueStore'],
  'reknit/adapters/memory': ['createMemoryStore'],
  'reknit/adapters/remote': ['hubRemote', 'replicaRemote', 'browserConnectivity'],
  'reknit/adapters/sqlite': ['openSqliteStore'],
  'reknit/browser': ['openReplica', 'hubRemote', 'openIndexedDb', 'definePolicy'],
  'reknit/composition': ['openReplica'],
  'reknit/desk': ['createDesk'],
  'reknit/hub': ['createHub', 'serveHub', 'createMemoryHubLog', 'openSqliteHubLog', 'openTokenList'],
  'reknit/testing': ['strategyLaws', 'storageContract', 'hubLogContract'],
};

const published = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => path.replace(/^\./, 'reknit'));
assert.deepEqual(Object.keys(promised).sort(), published.sort());

for (const [entry, names] of Object.entries(promised)) {
  const loaded = await import(entry);
  assert.ok(Object.keys(loaded).length > 0, `${entry} exports nothing`);
  for (const name of names) assert.equal(typeof loaded[name], 'function', `${entry} has no ${name}`);
  assert.equal(loaded.default, undefined, `${entry} has a default export`);
}

await assert.rejects(import('reknit/dist/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log(`${Object.keys(promised).length} entry points load`);
