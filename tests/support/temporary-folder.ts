/** A folder of a test's own, gone when the test is over. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const temporaryFolder = (): string => {
  const { path, remove } = createFolder();
  onTestFinished(remove);
  return path;
};

/**
 * In memory where there is room: no test can cut the power, so what a disk takes to make each commit safe from that
 * would prove nothing, and be most of the time that tests take.
 */
const roomBytesLeast = 2 * 1024 ** 3;
const hasRoom = (folder: string): boolean => {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= roomBytesLeast;
};
const parent = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

/** For what runs many times within one test, or outlives it. */
export const createFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(parent, 'reknit-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
