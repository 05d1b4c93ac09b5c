/** Folders of replicas that nobody has open: how large they are, and copies of them. */
import { closeSync, cpSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** What its files hold together. */
export const bytesIn = (folder: string): number => filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0);

/** Onto the disk: what is still in memory would be written on the next one's time. */
export const copyFolder = (source: string, target: string): void => {
  cpSync(source, target, { recursive: true });
  for (const file of filesIn(target)) {
    const handle = openSync(file, 'r+');
    fsyncSync(handle);
    closeSync(handle);
  }
};
