import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../test/support/free-port.ts';

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  /** Without a trailing slash. */
  url: string;
}

/** A folder that goes away with its owner. */
export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

const SERVICE = 'dist/main.js';
const nodeOptions = await readNodeOptions();
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const POLL_MS = 20;

/**
 * Starts the built service with `env` and nothing else of this process's environment; what it logs is thrown away.
 * @throws when it ends or is not ready within a minute; the signal's reason
 */
export function startService(env: Record<string, string>, signal: AbortSignal): Promise<ServerProcess> {
  return startServer(SERVICE, env, signal);
}

/** Starts any script of this repository that listens on `PORT`, in the manner of `startService`. */
export async function startServer(
  script: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<ServerProcess> {
  const port = await findFreePort();
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, path], {
    // Away from any .env file.
    cwd: tmpdir(),
    env: { ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exit;
    clearTimeout(killer);
  };
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(START_LIMIT_MS)]);
    await Promise.race([
      untilReady(url, limit),
      exit.then(() => Promise.reject(new Error(`${script} ended while starting`))),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

/** Makes an empty folder. */
export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'failsoft-process-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A signal that aborts on Ctrl-C or SIGTERM, so that everything that was started is cleared away. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => controller.abort(new Error(`interrupted by ${name}`)));
  return controller.signal;
}

/** The options that the service is shipped with; what it is compared with gets them as well. */
async function readNodeOptions(): Promise<string[]> {
  const file = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(file) as { scripts: { 'start:prod': string } };
  return scripts['start:prod'].split(' ').slice(1, -1);
}

/** A server without that path is ready when it answers. */
async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const status = await fetch(`${url}/health/ready`, { signal }).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => undefined,
    );
    if (status !== undefined && status < 500) return;
    await sleep(POLL_MS, undefined, { signal });
  }
}
