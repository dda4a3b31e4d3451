// Compiles src into a folder of its own below dist, unless there is one of these sources already, and makes what is
// started: dist/main.js and dist/cli/failsoft.js. The console is bundled into it. A folder is never changed once it is there, so that a running instance finds
// the files it loads later; it is removed once no process runs from it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** The folders that a build is made from. */
const SOURCES = ['src', 'console'];
/** The bundled console below a build's folder, where src/console/console-page.ts looks for it. */
const CONSOLE_PAGE = 'console-page';
const BUILD = 'build-';
const UNFINISHED = 'unfinished-';
const ENTRY = /^(main|cli\/failsoft)\.js$/;
/** A folder that nobody runs from may be about to be started from. */
const UNUSED_MS = 3_600_000;

let folder;
// Sources that change while they are compiled are compiled again: the folder's name says what is in it.
do {
  folder = nameOfBuild();
  if (!existsSync(join(DIST, folder))) compileTo(folder);
} while (folder !== nameOfBuild());
const now = new Date();
utimesSync(join(DIST, folder), now, now);
for (const file of filesBelow(join(DIST, folder)).filter((path) => ENTRY.test(path)))
  replaceFile(file, entryOf(file));
replaceFile('current', folder);
// A package has this build alone.
replaceFile('.npmignore', `${BUILD}*\n!${folder}\n${UNFINISHED}*\nin-use-*\ncurrent\n`);
removeUnused();

/** The same for the same sources. */
function nameOfBuild() {
  const hash = createHash('sha256');
  const sources = SOURCES.flatMap((name) => filesBelow(join(ROOT, name)).map((path) => `${name}/${path}`));
  for (const file of ['tsconfig.json', 'scripts/build-console.js', ...sources])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return BUILD + hash.digest('hex').slice(0, 16);
}

/** The files below a folder, sorted, with `/` between names. */
function filesBelow(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** Makes a folder of the build in one step; of several processes that make it at the same time, the first one has. */
function compileTo(name) {
  const unfinished = join(DIST, `${UNFINISHED}${process.pid}`);
  const clear = () => rmSync(unfinished, { recursive: true, force: true });
  clear();
  const steps = [
    [findCompiler(), '-p', ROOT, '--outDir', unfinished],
    [join(ROOT, 'scripts/build-console.js'), join(unfinished, CONSOLE_PAGE)],
  ];
  for (const step of steps) {
    const { status } = spawnSync(process.execPath, step, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    clear();
    process.exit(1);
  }
  try {
    renameSync(unfinished, join(DIST, name));
  } catch (error) {
    clear();
    if (!existsSync(join(DIST, name))) throw error;
  }
}

function findCompiler() {
  try {
    return createRequire(join(ROOT, 'package.json')).resolve('typescript/bin/tsc');
  } catch {
    process.stderr.write('TypeScript is not installed: run npm ci without --omit=dev to build.\n');
    process.exit(1);
  }
}

/** Puts a file below dist into the place of another in one step. */
function replaceFile(path, content) {
  const file = join(DIST, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = join(dirname(file), `${UNFINISHED}${process.pid}.js`);
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

/** What starts a module of the build. Every Node can read it; only one that is new enough goes on. */
function entryOf(file) {
  const { name, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node);
  const target = `${'../'.repeat(file.split('/').length - 1) || './'}${folder}`;
  return `#!/usr/bin/env node
// Made by scripts/build.js.
var version = process.versions.node.split('.').map(Number);
if (version[0] > ${major} || (version[0] === ${major} && version[1] >= ${minor})) {
  import('${target}/in-use.js').then(function () {
    return import('${target}/${file}');
  });
} else {
  process.stderr.write('${name} needs Node ${major}.${minor} or newer; this is Node ' + process.versions.node + '.\\n');
  process.exitCode = 1;
}
`;
}

/** Removes the folders of other sources that no process runs from. */
function removeUnused() {
  for (const name of readdirSync(DIST)) {
    const path = join(DIST, name);
    if (name === folder || !(name.startsWith(BUILD) || name.startsWith(UNFINISHED))) continue;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats || Date.now() - stats.mtimeMs < UNUSED_MS || isInUse(path)) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

/** Whether a process that has left its mark (src/in-use.ts) is alive. */
function isInUse(path) {
  return readdirSync(path)
    .flatMap((name) => /^in-use-(\d+)$/.exec(name)?.[1] ?? [])
    .some((pid) => {
      try {
        return process.kill(Number(pid), 0);
      } catch (error) {
        return error.code !== 'ESRCH';
      }
    });
}
