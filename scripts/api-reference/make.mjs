/**
 * Writes the API reference into docs/api, a page for each name of each entry point, from the docstrings in the sources.
 * It has an installation of its own, made on first use: typedoc reads with a TypeScript that has a JavaScript API.
 *
 *     npm run docs:api
 *
 * A tool that understands nothing documents nothing, without a word. So what it found is held against what the built
 * package really exports, name by name.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, npm, root } from '../run.mjs';

const here = join(root, 'scripts/api-reference');
if (!existsSync(join(here, 'node_modules/typedoc')))
  npm(['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: here });
build();

const { Application } = await import('typedoc');
const { exports: published, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.entries(published)
  .filter(([, target]) => target.types !== undefined)
  .map(([path, { types, default: file }]) => ({
    name: path.replace(/^\./, 'reknit'),
    source: types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'),
    built: join(root, file),
  }));

const out = join(root, 'docs/api');
rmSync(out, { recursive: true, force: true });
process.chdir(root);
const application = await Application.bootstrapWithPlugins({
  name: `Reknit ${version}`,
  outputs: [{ name: 'markdown', path: out }],
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: entries.map(({ source }) => source),
  tsconfig: 'tsconfig.json',
  basePath: root,
  displayBasePath: root,
  // Types are checked by the compiler that the package is built with.
  skipErrorChecking: true,
  readme: 'none',
  disableSources: true,
  sort: ['source-order'],
  logLevel: 'Warn',
  // A type that is no part of the surface is shown where it is used.
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await application.convert();
if (project === undefined) {
  console.error('typedoc could not read the sources');
  process.exit(1);
}

/** By the folder of its entry point, which is how typedoc names a module. */
const modules = new Map((project.children ?? []).map((module) => [module.name, module]));
let documented = 0;
for (const { name, source, built } of entries) {
  const module = modules.get(dirname(source));
  const names = new Set((module?.children ?? []).map((child) => child.name));
  const missing = Object.keys(await import(built)).filter((exported) => !names.has(exported));
  if (names.size === 0 || missing.length > 0) {
    console.error(`${name}: ${names.size} names are documented, and not ${missing.join(', ')}`);
    process.exit(1);
  }
  module.name = name;
  documented += names.size;
  console.log(`${name.padEnd(28)} ${names.size} names`);
}
await application.generateOutputs(project);
if (application.logger.hasErrors() || !existsSync(join(out, 'README.md'))) process.exit(1);
console.log(`${documented} names are documented in docs/api`);
