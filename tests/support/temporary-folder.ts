/** A folder of a test's own, gone when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const temporaryFolder = (): string => {
  const { path, remove } = createFolder();
  onTestFinished(remove);
  return path;
};

/** For what runs many times within one test, or outlives it. */
export const createFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'reknit-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
