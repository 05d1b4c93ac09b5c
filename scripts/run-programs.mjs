/**
 * Compiles and runs the programs of a folder (examples, bench) against the built package, which they import by its
 * name as a stranger would. One that fails, or a folder without any, is a failure.
 *
 *     npm run examples                           all of them
 *     npm run bench -- import merge              those whose names begin so
 *     npm run bench -- import --events=100000    with arguments for the program
 *     npm run bench:peers -- text                those of a folder within, after installing what they compare with
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, node, root, tool } from './run.mjs';

const [folder, ...rest] = process.argv.slice(2);
const names = rest.filter((argument) => !argument.startsWith('-'));
const parameters = rest.filter((argument) => argument.startsWith('-'));

const wanted = (existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [])
  .filter((file) => /\.m?[jt]s$/.test(file) && !file.endsWith('.d.ts'))
  .filter((file) => names.length === 0 || names.some((name) => file.startsWith(name)))
  .sort();
if (wanted.length === 0) {
  console.error(`no program of that name in ${folder}/`);
  process.exit(2);
}

if (existsSync(join(root, folder, 'package-lock.json'))) install(folder);

build();
const compiled = `.${folder}`;
if (wanted.some((file) => file.endsWith('.ts'))) tool('typescript/bin/tsc', ['-p', folder.split('/')[0]]);

const failed = wanted.filter((file) => {
  const program = file.endsWith('.ts') ? join(compiled, file.replace(/\.ts$/, '.js')) : join(folder, file);
  console.log(`\n── ${folder}/${file}`);
  const startedMs = performance.now();
  const { ok } = node(['--expose-gc', '--enable-source-maps', program, ...parameters], { mayFail: true });
  console.log(`── ${ok ? 'done' : 'FAILED'} after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return !ok;
});
console.log(
  `\n${wanted.length} programs run, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
process.exit(failed.length === 0 ? 0 : 1);
