/** The built page: its files by name and nothing beside them, kept for good where their names hold their hash. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problem } from '../problems.js';
import type { DeskApp, DeskContext } from './env.js';

const typeByEnding: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

const builtFolder = fileURLToPath(new URL('../page/', import.meta.url));
/** The page is a few hundred kilobytes; more is no page of ours. */
const filesMax = 500;

export const addPage = (app: DeskApp, basePath: string, pageFolder: string = builtFolder): void => {
  let listed: Promise<ReadonlySet<string>> | undefined;
  const files = (): Promise<ReadonlySet<string>> => {
    // A page that is built while the desk runs is found at the next look.
    listed ??= listFiles(pageFolder).then((found) => {
      if (!found.has('index.html')) listed = undefined;
      return found;
    });
    return listed;
  };

  const answer = async (context: DeskContext, name: string): Promise<Response> => {
    const known = await files();
    if (!known.has('index.html') && name === 'index.html')
      throw problem(
        'page_missing',
        'the desk\'s page is not built: "npm run build" builds it, and the published package has it. The interface under api/ works without it.',
      );
    const type = typeByEnding[extname(name)];
    if (!known.has(name) || type === undefined) throw problem('not_found', 'there is nothing here');
    const bytes = await readFile(join(pageFolder, name));
    return context.body(new Uint8Array(bytes), 200, {
      'content-type': type,
      'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  };

  // The page asks for its parts by relative names, so its own address ends with a slash.
  app.get('/', async (context): Promise<Response> =>
    context.req.path.endsWith('/') ? answer(context, 'index.html') : context.redirect(`${basePath}/`, 308),
  );
  app.get('/*', (context) => {
    const name = context.req.path.slice(basePath.length + 1);
    return answer(context, name === '' ? 'index.html' : name);
  });
};

const listFiles = async (folder: string): Promise<ReadonlySet<string>> => {
  try {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return new Set(
      found
        .filter((entry) => entry.isFile())
        .slice(0, filesMax)
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
    );
  } catch {
    return new Set();
  }
};
