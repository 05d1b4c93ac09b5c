/**
 * Real histories beside the repository, which a checkout may come without: tests that use
 * them are skipped then, and say so. Under CI they have to be there, since what is silently
 * skipped is silently broken.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The path of a file of the shared data; undefined where there is none. `REKNIT_DATA` names another folder. */
export const sharedData = (name: string): string | undefined => {
  const path = resolve(root, process.env['REKNIT_DATA'] ?? '../shared/data', name);
  if (existsSync(path)) return path;
  if (process.env['CI'] === 'true') throw new Error(`under CI the shared data has to be there: ${path}`);
  console.warn(`skipped, since there is no shared data: ${path}`);
  return undefined;
};
