/** A folder of a test's own, gone when the test is over. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const temporaryFolder = (): string => {
  const { path, remove } = createFolder();
  onTestFinished(remove);
  return path;
};

/** The same in memory, where the system has such a place: for what writes much, and is killed rather than cut off. */
export const memoryFolder = (): string => {
  const { path, remove } = createFolder(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  onTestFinished(remove);
  return path;
};

/** For what runs many times within one test, or outlives it. */
export const createFolder = (parent = tmpdir()): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(parent, 'reknit-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
