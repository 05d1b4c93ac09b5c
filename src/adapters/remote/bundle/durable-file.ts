/**
 * Files that are either as they were or as they are meant to be, whenever the power goes:
 * written beside their place, made durable, and renamed.
 */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCodeOf, writeFailure } from './bundle-error.js';
import type { Chunks } from './chunks.js';

/** Puts these bytes in the place of whatever the file was. */
export const replaceFile = async (file: string, chunks: Chunks): Promise<void> => {
  try {
    const target = await realPathOf(file);
    const mode = await modeOf(target);
    if (mode === 'not a file') return await writeInto(await open(target, 'w'), chunks, false);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeInto(await open(temporary, 'wx', mode), chunks, true);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolderOf(target);
  } catch (error) {
    throw writeFailure(error, file);
  }
};

/** Where a file really lies, or will lie: replacing a link would leave what it points to as it was. */
export const realPathOf = async (file: string): Promise<string> => {
  const path = resolve(file);
  const folder = dirname(path);
  return (await existingRealPath(path)) ?? join((await existingRealPath(folder)) ?? folder, basename(path));
};

const existingRealPath = async (path: string): Promise<string | undefined> => {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** Makes durable that a file has its name. */
export const syncFolderOf = async (file: string): Promise<void> => {
  // Windows has no such call for folders, and needs none.
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems have none either.
    if (systemCodeOf(error) !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
};

/** A file that only its owner may read stays one. What is no file, such as a pipe, cannot be replaced, only written to. */
const modeOf = async (file: string): Promise<number | 'not a file' | undefined> => {
  try {
    const found = await stat(file);
    return found.isFile() ? found.mode & 0o777 : 'not a file';
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const writeInto = async (handle: FileHandle, chunks: Chunks, isDurable: boolean): Promise<void> => {
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    if (isDurable) await handle.sync();
  } finally {
    await handle.close();
  }
};
