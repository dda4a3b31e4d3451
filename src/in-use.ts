import { rmSync, writeFileSync } from 'node:fs';

// Loaded first by what starts a build: while this file is there and the process runs, scripts/build.js keeps the build.
const mark = new URL(`./in-use-${process.pid}`, import.meta.url);
try {
  writeFileSync(mark, '');
  process.once('exit', () => rmSync(mark, { force: true }));
} catch {
  // Where nothing can be written, nothing is built either.
}
