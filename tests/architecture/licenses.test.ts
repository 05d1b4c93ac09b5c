import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './planted.js';

/** What the check answers for a project whose one dependency has that licence. */
const checkOf = (license: string, dev = false, isBundled = false): number | null => {
  const project = mkdtempSync(join(tmpdir(), 'reknit-licences-'));
  const path = 'node_modules/planted';
  mkdirSync(join(project, path), { recursive: true });
  const free = { 'node_modules/free': {} };
  mkdirSync(join(project, 'node_modules/free'));
  writeFileSync(join(project, 'node_modules/free/package.json'), JSON.stringify({ name: 'free', license: 'ISC' }));
  writeFileSync(join(project, path, 'package.json'), JSON.stringify({ name: 'planted', version: '1.0.0', license }));
  writeFileSync(
    join(project, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, ...free, [path]: dev ? { dev } : {} } }),
  );
  if (isBundled) {
    mkdirSync(join(project, 'desk-page'));
    writeFileSync(join(project, 'desk-page/main.ts'), "import { it } from 'planted';\n");
  }
  try {
    return spawnSync(process.execPath, [join(root, 'scripts', 'check-licenses.mjs'), project]).status;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
};

test('a dependency under a licence with conditions is refused', () => {
  expect(checkOf('GPL-3.0-only')).toBe(1);
  expect(checkOf('(MIT AND GPL-3.0-only)')).toBe(1);
});

test('a free one is accepted, and so is a free choice', () => {
  expect(checkOf('MIT')).toBe(0);
  expect(checkOf('(MIT OR GPL-3.0-only)')).toBe(0);
});

test('what only development needs is not distributed, so its licence is its own business', () => {
  expect(checkOf('GPL-3.0-only', true)).toBe(0);
});

test('what is bundled into the page is distributed', () => {
  expect(checkOf('GPL-3.0-only', true, true)).toBe(1);
  expect(checkOf('MIT', true, true)).toBe(0);
});
