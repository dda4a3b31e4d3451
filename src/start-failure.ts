import { causeOf } from './telemetry/cause-of.ts';
import { ConfigError } from './config/load-config.ts';

/** What the sentences about a failed start name. */
export interface StartSettings {
  host: string;
  port: number;
  dataDir: string;
}

/** Codes of a folder that cannot be made or written. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST', 'ENOTDIR', 'ENOENT', 'EDQUOT']);

/**
 * Says why the service did not start, and what to change.
 * @param settings undefined when the environment could not be read
 * @returns the lines to print
 */
export function explainStartFailure(error: unknown, settings: StartSettings | undefined): string[] {
  if (error instanceof ConfigError) return error.faults;
  const message = error instanceof Error ? error.message : 'the start failed';
  if (!settings) return [message];
  const { host, port, dataDir } = settings;
  const { code } = causeOf(error);
  const { syscall, address } = Object(error) as { syscall?: unknown; address?: unknown };
  if (syscall === 'listen' && String(address).includes('/'))
    return [
      `DATA_DIR: no socket can be made in ${dataDir} (${code}); name a folder on a disk of this machine`,
    ];
  if (code === 'EADDRINUSE')
    return [`PORT: ${port} is in use on ${host} (${code}); end the other process or set another PORT`];
  if (syscall === 'listen' && code === 'EACCES')
    return [`PORT: ${port} may not be used by this user (${code}); set a PORT above 1023`];
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return [`HOST: ${host} is no address of this machine (${code}); set 127.0.0.1, or 0.0.0.0 for all`];
  if (code !== undefined && NOT_WRITABLE.has(code))
    return [
      `DATA_DIR: ${dataDir} cannot be made or written (${code}); name a folder that this user may write`,
    ];
  return [message];
}
