import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** What the thread is started with. */
interface EmbeddedWorkerData {
  dataDir: string;
  socketPath: string;
}

const { dataDir, socketPath } = workerData as EmbeddedWorkerData;
const extensions = { vector };

if (!existsSync(dataDir)) {
  // Made aside and moved into place whole: a process killed in the middle leaves nothing that looks like a database.
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const made = await PGlite.create({ dataDir: draft, extensions });
  await made.close();
  await chmod(draft, 0o700);
  await rename(draft, dataDir);
}

const db = await PGlite.create({ dataDir, extensions, relaxedDurability: false });
await rm(socketPath, { force: true });
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 1 });
await server.start();

parentPort?.once('message', async () => {
  await server.stop();
  await db.close();
  parentPort?.close();
});
parentPort?.postMessage('ready', []);
