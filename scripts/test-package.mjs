/**
 * Installs the package as it would be published into an empty project, and uses it there: each entry point from
 * JavaScript, and a small program that is checked against the shipped declarations and then run. The declarations
 * themselves are checked too, under the strictest settings; those of other packages are their authors' business. Then
 * once more without the optional database driver.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, npm, pack, root, tool } from './run.mjs';

const consumer = () => {
  const made = mkdtempSync(join(tmpdir(), 'reknit-consumer-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  cpSync(join(root, 'tests/package/consumer'), made, { recursive: true });
  return made;
};
const folder = consumer();

const { tarball } = pack(folder);
const developedWith = (name) => {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
};
// fast-check is an optional peer, wanted by reknit/testing; the types of Node belong to whoever names its platform.
const beside = [developedWith('fast-check'), developedWith('@types/node')];
const install = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
npm([...install, tarball, ...beside], { cwd: folder });

/** Compiles a project of the consumer; complains about the consumer's files and ours, not about other packages'. */
const compile = (project) => {
  const { stdout } = tool('typescript/bin/tsc', ['-p', project, '--pretty', 'false'], {
    cwd: folder,
    output: 'caught',
    mayFail: true,
  });
  const errors = stdout.split('\n').filter((line) => /error TS/.test(line));
  const ours = errors.filter((line) => !line.startsWith('node_modules/') || line.startsWith('node_modules/reknit/'));
  if (ours.length > 0) {
    console.error(ours.join('\n'));
    process.exit(1);
  }
};

compile('tsconfig.json');
compile('tsconfig.portable.json');
node(['entries.mjs'], { cwd: folder });
node(['out/use.js'], { cwd: folder });
node(['node_modules/reknit/dist/cli/main.js', '--help'], { cwd: folder, output: 'caught' });

// SQLite is needed only by who keeps a file, and its driver only there.
const light = consumer();
npm([...install, '--omit=optional', tarball, developedWith('fast-check')], { cwd: light });
node(['entries.mjs'], { cwd: light });
node(['without-sqlite.mjs'], { cwd: light });
console.log('the package works where it is installed');
