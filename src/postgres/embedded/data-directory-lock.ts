import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** The exclusive right to a folder; the operating system ends it with the process, however that dies. */
export interface DataDirectoryLock {
  release(): Promise<void>;
}

const SUFFIX = '.lock';

/**
 * Takes the lock: listens on a socket of its own name, then looks whether another one in the folder is alive.
 * Whoever listens before looking cannot be overlooked, so two never hold it; names are never used again, so a
 * dead socket can be removed without the danger of removing a living one.
 * @param folder where the sockets lie; its path must be short enough for a socket
 * @returns undefined when another process holds it, or is about to
 */
export async function lockDataDirectory(folder: string): Promise<DataDirectoryLock | undefined> {
  const name = `${randomUUID().slice(0, 8)}${SUFFIX}`;
  const path = join(folder, name);
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  const release = async () => {
    server.close();
    await once(server, 'close');
  };
  for (const other of await readdir(folder)) {
    if (!other.endsWith(SUFFIX) || other === name) continue;
    if (await isAlive(join(folder, other))) {
      await release();
      return undefined;
    }
    await rm(join(folder, other), { force: true });
  }
  return { release };
}

/** Whether somebody listens; when in doubt, somebody does. The kernel accepts at once, even for a busy process. */
function isAlive(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  );
  return promise.finally(() => socket.destroy());
}
