// Every published entry point loads in plain JavaScript, and has what its name promises.
import assert from 'node:assert/strict';

const promised = {
  reknit: ['openReplica', 'bundleRemote', 'replicaRemote'],
  'reknit/domain': ['compare', 'mergeEvents', 'foldEvents', 'foldResource'],
  'reknit/application': [],
  'reknit/adapters/memory': [],
  'reknit/adapters/sqlite': [],
  'reknit/composition': ['openReplica'],
  'reknit/testing': ['strategyLaws', 'storageContract'],
};

for (const [entry, names] of Object.entries(promised)) {
  const loaded = await import(entry);
  assert.ok(Object.keys(loaded).length > 0, `${entry} exports nothing`);
  for (const name of names) assert.equal(typeof loaded[name], 'function', `${entry} has no ${name}`);
  assert.equal(loaded.default, undefined, `${entry} has a default export`);
}

await assert.rejects(import('reknit/dist/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log(`${Object.keys(promised).length} entry points load`);
