// Bundles the console: one script and one style sheet with their hash in their names, and the page that names them.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CONSOLE = fileURLToPath(new URL('../console/', import.meta.url));
const [, , folder] = process.argv;
const assets = join(folder, 'assets');

const { metafile } = await build({
  entryPoints: [join(CONSOLE, 'main.tsx')],
  outdir: assets,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'file' },
  // Licences of what is bundled stay with it.
  legalComments: 'eof',
  logLevel: 'warning',
});
const files = Object.keys(metafile.outputs).map((file) => basename(file));
const nameOf = (end) => files.find((file) => file.startsWith('main-') && file.endsWith(end));
const page = readFileSync(join(CONSOLE, 'index.html'), 'utf8')
  .replace('main.tsx', `console/${nameOf('.js')}`)
  .replace('main.css', `console/${nameOf('.css')}`);
writeFileSync(join(folder, 'index.html'), page);
for (const file of files) {
  const content = readFileSync(join(assets, file));
  writeFileSync(join(assets, `${file}.br`), brotliCompressSync(content));
  writeFileSync(join(assets, `${file}.gz`), gzipSync(content, { level: 9 }));
}
