/** The files of a demo: in a folder of their own, gone when it is over unless they are to be kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const withDemoFolder = async <Value>(
  isKept: boolean,
  use: (folder: string) => Promise<Value>,
): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), 'reknit-demo-'));
  try {
    return await use(folder);
  } finally {
    if (!isKept) rmSync(folder, { recursive: true, force: true });
  }
};
