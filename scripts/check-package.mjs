/**
 * Looks at the tarball as it would be published: only what belongs into it, entry points that exist and declare
 * their types (publint), and types that resolve from every module system that can import the package (attw).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, root, tool } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'reknit-package-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const { tarball, files } = pack(folder);
const documents = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SPEC.md', 'docs/protocol.md'];
/** Who has the package has its guides: README leads to them. */
const isGuide = (path) => /^docs\/guides\/[a-z-]+\.md$/.test(path);
/** The desk's page, with the licences of what is bundled into it. */
const page = 'dist/adapters/desk/page';
const pageFiles = ['index.html', 'icon.svg', 'licenses.md'].map((name) => `${page}/${name}`);
const isAsset = (path) => path.startsWith(`${page}/assets/`) && /\.(?:js|css)$/.test(path);
const belongs = (path) =>
  documents.includes(path) ||
  pageFiles.includes(path) ||
  isAsset(path) ||
  isGuide(path) ||
  (/^dist\/.+\.(?:js|js\.map|d\.ts)$/.test(path) && !path.startsWith(page));
const guidesIn = (readme) =>
  [...readFileSync(readme, 'utf8').matchAll(/\]\((docs\/guides\/[^)#]+)/g)].map(([, path]) => path);
const wrong = [
  ...files.filter((path) => !belongs(path)).map((path) => `${path} is packed and should not be`),
  ...[...documents, ...pageFiles, ...guidesIn(join(root, 'README.md'))]
    .filter((path) => !files.includes(path))
    .map((path) => `${path} is missing`),
];
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}

tool('publint/src/cli.js', ['run', tarball, '--strict']);
tool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only', '--format', 'table-flipped']);
console.log(`${files.length} files packed, all in order`);
