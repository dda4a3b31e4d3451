import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../free-port.ts';
import { until } from '../until.ts';

/** Whether this machine has `nginx` (Debian's package of that name). */
export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

/** A proxy before the service, until it is stopped. */
export interface Proxy {
  /** Without a trailing slash. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx before `target` with Debian's settings: responses are buffered, and compressed. The service is below
 * each of `paths`, which it does not see.
 */
export async function startNginx(target: string, ...paths: string[]): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'failsoft-nginx-'));
  const port = await findFreePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const locations = (paths.length > 0 ? paths : ['/']).map(
    (path) => `location ${path} { proxy_pass ${target}/; }`,
  );
  const config = `pid ${folder}/pid; error_log stderr error; daemon off;
events {}
http {
  access_log off; sendfile on; tcp_nopush on; gzip on; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; ${locations.join(' ')} }
}`;
  await writeFile(join(folder, 'nginx.conf'), config);
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  await until('nginx listens', () => listens(port));
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
