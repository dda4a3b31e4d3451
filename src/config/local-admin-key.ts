import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AppConfig } from './app-config.ts';
import { makeFolder } from './make-folder.ts';

const KEY_BYTES = 24;
const KEY = /^[\w-]{32}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** Where the key of a service that only this machine can reach is kept. */
export function localAdminKeyFile(config: AppConfig): string {
  return join(config.database.dataDir, 'admin-key');
}

/** The key in that file; undefined when there is none that can be read. */
export function readLocalAdminKey(config: AppConfig): string | undefined {
  try {
    const key = readFileSync(localAdminKeyFile(config), 'utf8').trim();
    return KEY.test(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The configuration of a service that is tried on one machine: without `ADMIN_TOKEN` on a loopback address, the admin
 * API has a key that only this user can read, and outages may be rehearsed. The file outlives a restart, so that an open
 * console goes on.
 * @returns the same configuration where a token is set, the address is reachable from elsewhere, or no file can be written
 */
export async function withLocalAdminKey(config: AppConfig): Promise<AppConfig> {
  if (config.admin.token !== undefined || !LOOPBACK.test(config.http.host)) return config;
  const token = readLocalAdminKey(config) ?? (await createKey(config));
  if (token === undefined) return config;
  const drills = config.drills.isSet ? config.drills : { ...config.drills, enabled: true };
  return { ...config, drills, admin: { ...config.admin, token, isLocal: true } };
}

async function createKey(config: AppConfig): Promise<string | undefined> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  try {
    await makeFolder(resolve(config.database.dataDir));
    // The mode counts for a new file alone.
    await rm(localAdminKeyFile(config), { force: true });
    await writeFile(localAdminKeyFile(config), `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  } catch {
    return undefined;
  }
}
