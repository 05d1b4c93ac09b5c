/**
 * Builds the conflict desk's page into the package, beside the server that hands it out. Paths in it are relative, so
 * that it works under whatever path the desk is mounted; nothing is inlined, as its content security policy demands.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/adapters/desk/page/', import.meta.url)),
    emptyOutDir: true,
    // Browsers that know light-dark() and <dialog>: from 2024 on.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
  },
});
