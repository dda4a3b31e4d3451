// Bundles the console: one script and one style sheet with their hash in their names, and the page that names them.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CONSOLE = fileURLToPath(new URL('../console/', import.meta.url));
const [, , folder] = process.argv;
const assets = join(folder, 'assets');

/**
 * Leaves out what marked makes HTML with: the console reads its tokens alone. Its functions are properties of one object, so
 * that a bundler keeps all of it otherwise.
 */
const lexerAlone = {
  name: 'lexer-alone',
  setup({ onLoad }) {
    onLoad({ filter: /\bmarked\.esm\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const end = text.search(/;var \w+=new \w+;function \w+\(\w+,\w+\)\{return \w+\.parse\(/);
      const [, lexer] = /(\w+) as Lexer\b/.exec(text) ?? [];
      const [, tokenizer] = /(\w+) as Tokenizer\b/.exec(text) ?? [];
      if (end < 0 || !lexer || !tokenizer)
        throw new Error(`${path} is built otherwise: see lexerAlone in scripts/build-console.js`);
      const names = `export{${lexer} as Lexer,${tokenizer} as Tokenizer};`;
      return { contents: `${text.slice(0, end)};${names}`, loader: 'js' };
    });
  },
};

const { metafile } = await build({
  entryPoints: [join(CONSOLE, 'main.tsx')],
  outdir: assets,
  entryNames: '[name]-[hash]',

  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [lexerAlone],
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
