/**
 * Installs the package as it would be published into an empty project, and uses it there: each entry point from
 * JavaScript, and a small program that is checked against the shipped declarations and then run. The declarations
 * themselves are checked too, under the strictest settings; those of other packages are their authors' business.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, npm, pack, root, tool } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'reknit-consumer-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
cpSync(join(root, 'tests/package/consumer'), folder, { recursive: true });

const { tarball } = pack(folder);
const developedWith = (name) => {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
};
// fast-check is an optional peer, wanted by reknit/testing; the types of Node belong to whoever names its platform.
const beside = [developedWith('fast-check'), developedWith('@types/node')];
npm(['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...beside], { cwd: folder });

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
console.log('the package works where it is installed');
