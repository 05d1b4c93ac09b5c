/**
 * Runs a program and waits for it. What these scripts call are the tools installed with the project and npm, the
 * latter by way of whichever npm started the script, so that no shell has to find or quote anything.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Node with these arguments; stops the script where it fails. The answer is the output, if it was caught. */
export const node = (parameters, { cwd = root, output = 'shown', mayFail = false } = {}) => {
  const { status, signal, stdout } = spawnSync(process.execPath, parameters, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', output === 'caught' ? 'pipe' : 'inherit', 'inherit'],
  });
  if (status !== 0 && !mayFail) {
    if (output === 'caught') process.stdout.write(stdout);
    console.error(`failed (${signal ?? `exit status ${status}`}): node ${parameters.join(' ')}`);
    process.exit(1);
  }
  return { ok: status === 0, stdout: stdout ?? '' };
};

/** A tool from this project's node_modules, by the path of its program. */
export const tool = (path, parameters, options) => node([join(root, 'node_modules', path), ...parameters], options);

export const npm = (parameters, options) => {
  const client = process.env['npm_execpath'];
  if (client === undefined) {
    console.error('start this script with `npm run`');
    process.exit(2);
  }
  return node([client, ...parameters], options);
};

/**
 * A folder's own package, which nothing else needs: installed the first time, and when its lock file has changed. By
 * what was installed, and not by when: a checkout touches files that it does not change.
 */
export const install = (folder) => {
  const lockFile = join(root, folder, 'package-lock.json');
  const installedLock = join(root, folder, 'node_modules/.installed-lock.json');
  if (existsSync(installedLock) && readFileSync(installedLock, 'utf8') === readFileSync(lockFile, 'utf8')) return;
  npm(['ci', '--prefix', join(root, folder), '--no-audit', '--no-fund']);
  copyFileSync(lockFile, installedLock);
};

/** Compiles the layers that are not up to date. */
export const build = () => tool('typescript/bin/tsc', ['-b', 'tsconfig.build.json']);

/** Packs what would be published into a folder: the path of the tarball and the files in it. */
export const pack = (folder) => {
  // What `prepack` does, but where a compiler's complaint can be seen.
  npm(['run', '--silent', 'prepack']);
  const { stdout } = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { output: 'caught' });
  const [packed] = JSON.parse(stdout);
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
};
