/**
 * Where a bench keeps its files while it runs. They lie beside the project rather than in the system's temporary
 * folder, which is often memory: there a sync to disk costs nothing, and a comparison of durable writes is none.
 * `REKNIT_BENCH_FOLDER` names another place.
 */
import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const outputFolder = join(root, '.bench');

const filesFolder = resolve(root, process.env['REKNIT_BENCH_FOLDER'] ?? '.bench/files');
mkdirSync(filesFolder, { recursive: true });
const folder = mkdtempSync(join(filesFolder, 'run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

let filesNamed = 0;

/** The path of a file that does not exist yet. */
export const newFile = (name: string): string => {
  filesNamed += 1;
  return join(folder, `${filesNamed}-${name}`);
};

/** Copies a database that nobody has open, onto the disk: what is still in memory would be written on the next one's time. */
export const copyDatabase = (source: string): string => {
  const copy = newFile('copy.db');
  copyFileSync(source, copy);
  const handle = openSync(copy, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  return copy;
};

export const removeDatabase = (file: string): void => {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) rmSync(path, { force: true });
};

/** Real histories beside the repository, which a checkout may come without: their bench is skipped then, and says so. */
export const sharedData = (name: string): string | undefined => {
  const path = resolve(root, process.env['REKNIT_DATA'] ?? '../shared/data', name);
  if (existsSync(path)) return path;
  console.log(`skipped: ${name} is not there; REKNIT_DATA names the folder that holds it`);
  return undefined;
};
