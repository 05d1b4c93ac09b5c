/**
 * Embeds the domain alone: bundles a small program for a browser, shows what is in the bundle and what it weighs, and
 * runs it where there is neither Node nor a browser.
 *
 *     npm run examples -- embed               the program in examples/embed-the-domain
 *     npm run examples -- embed --modules     and what each module contributes
 */
import assert from 'node:assert/strict';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { runInNewContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { minifySync } from 'rolldown/experimental';

/** What everything that the domain exports may weigh; raised on purpose only. */
const gzippedBytesMax = 50_000;

const program = fileURLToPath(new URL('./embed-the-domain/notebook.ts', import.meta.url));

const bundled = async (input, virtual = {}) => {
  const { output } = await build({
    input,
    platform: 'browser',
    plugins: [{ name: 'virtual', resolveId: (id) => (id in virtual ? id : null), load: (id) => virtual[id] ?? null }],
    output: { format: 'iife', name: 'embedded', minify: true },
    // Whatever cannot be bundled, a module of Node above all, would be missed when it runs.
    onLog: (_level, { message }) => assert.fail(message),
    write: false,
    checks: { pluginTimings: false },
  });
  assert.equal(output.length, 1);
  return output[0];
};

const chunk = await bundled(program);

// 1. Nothing is loaded from outside, and inside are the program, the domain, a hash function and a diff.
const parts = Object.keys(chunk.modules).map((path) => path.replaceAll('\\', '/'));
const known = [
  '/examples/embed-the-domain/notebook.ts',
  '/dist/domain/',
  '/node_modules/@noble/hashes/',
  '/node_modules/fast-diff/',
  'rolldown/runtime',
];
assert.deepEqual([chunk.imports, chunk.dynamicImports], [[], []]);
assert.deepEqual(
  parts.filter((path) => !known.some((part) => path.includes(part))),
  [],
);
assert.ok(parts.filter((path) => path.includes('/dist/domain/')).length > 50, 'the domain is in the bundle');
console.log(
  `graph        ${parts.length} modules: the domain, a hash function and a diff; nothing native, nothing of Node`,
);

// 2. It runs where there is nothing but the language, and TextEncoder, which browsers, workers and Node all have.
const context = { TextEncoder };
runInNewContext(`${chunk.code}; result = JSON.stringify(embedded.answer);`, context);
assert.deepEqual(JSON.parse(context.result), {
  fields: {
    title: 'Travel plans',
    stars: 4,
    tags: ['2026', 'home', 'summer'],
    steps: ['pack', 'lock the door', 'leave'],
    body: 'Go by train. Tickets are booked.',
    notebookId: 'travel',
  },
  conflicts: 0,
  isSame: true,
});
console.log('runs         two devices merged into one page, without a platform');

// 3. What it weighs. Text that repeats itself, as code does, is sent compressed.
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const weigh = (name, code) => {
  const gzipped = gzipSync(code, { level: 9 }).length;
  console.log(
    `${name.padEnd(12)} ${kB(code.length)} minified, ${kB(gzipped)} gzipped, ${kB(brotliCompressSync(code).length)} brotli`,
  );
  return gzipped;
};
weigh('program', chunk.code);
const whole = await bundled('whole', { whole: `export * from 'reknit/domain';` });
const gzipped = weigh('whole domain', whole.code);
assert.ok(
  gzipped < gzippedBytesMax,
  `the domain has grown beyond ${kB(gzippedBytesMax)}: see with --modules what is large`,
);

if (process.argv.includes('--modules')) {
  const sizes = Object.entries(whole.modules).map(([path, { code }]) => [
    path.replace(/^.*?(dist|node_modules)\//, '$1/'),
    minifySync('module.js', code ?? '', { compress: false, mangle: true }).code.length,
  ]);
  for (const [path, bytes] of sizes.sort(([, a], [, b]) => b - a)) console.log(`${String(bytes).padStart(8)}  ${path}`);
}
