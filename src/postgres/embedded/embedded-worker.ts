import { existsSync } from 'node:fs';
import { chmod, readFile, rename, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

declare global {
  /** The part of it that is used here: TypeScript has it among the types of browsers alone. */
  namespace WebAssembly {
    interface Module {
      readonly [Symbol.toStringTag]: 'WebAssembly.Module';
    }
    function compile(code: Uint8Array): Promise<Module>;
  }
}

/** What the thread is started with. */
export interface EmbeddedWorkerData {
  dataDir: string;
  socketPath: string;
  /** PGlite as a thread before compiled it. */
  compiled: WebAssembly.Module | undefined;
}

/** What the thread says when it takes connections. */
export interface EmbeddedWorkerReady {
  compiled: WebAssembly.Module;
}

const { dataDir, socketPath, compiled = await compilePGlite() } = workerData as EmbeddedWorkerData;
const options = { extensions: { vector }, pgliteWasmModule: compiled };

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
const ready: EmbeddedWorkerReady = { compiled };
parentPort?.postMessage(ready, []);

async function compilePGlite(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(
    await readFile(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))),
  );
}
