import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { compilePGlite } from './compiled-pglite.ts';

/** What the thread is started with. */
export interface EmbeddedWorkerData {
  dataDir: string;
  socketPath: string;
}

/** What the thread says: that it takes connections, or why it is about to end. */
export type EmbeddedWorkerMessage = { compiled: WebAssembly.Module } | { failure: string };

/** Why PGlite fails, by what the system says at the end of its lines. The rest of them may be text of users. */
const FAILURES: [ending: string, failure: string][] = [
  ['No space left on device', 'the disk of DATA_DIR is full'],
  ['Disk quota exceeded', 'the quota of DATA_DIR is used up'],
  ['Read-only file system', 'the disk of DATA_DIR takes no writes'],
  ['Input/output error', 'the disk of DATA_DIR fails'],
];

const { dataDir, socketPath } = workerData as EmbeddedWorkerData;
const compiled = await compilePGlite();
const options = { extensions: { vector }, pgliteWasmModule: compiled, onStderr: readLine };

if (!existsSync(dataDir)) {
  // Made aside and moved into place whole: a process killed in the middle leaves nothing that looks like a database.
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const made = await PGlite.create({ dataDir: draft, ...options });
  await made.close();
  await chmod(draft, 0o700);
  await rename(draft, dataDir);
}

const db = await PGlite.create({ dataDir, ...options, relaxedDurability: false });
await rm(socketPath, { force: true });
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 1 });
await server.start();

parentPort?.once('message', async () => {
  await server.stop();
  await db.close();
  parentPort?.close();
});
say({ compiled });

function say(message: EmbeddedWorkerMessage): void {
  parentPort?.postMessage(message, []);
}

/** PGlite goes on for ever after a panic, and answers nothing any more: another thread is started in its place. */
function readLine(line: string): boolean {
  const [, failure] = FAILURES.find(([ending]) => line.trimEnd().endsWith(ending)) ?? [];
  if (failure !== undefined && /(?:PANIC|FATAL): /.test(line)) say({ failure });
  if (/^[^"]*PANIC: |^Aborted\(/.test(line)) process.exit(1);
  return true;
}
