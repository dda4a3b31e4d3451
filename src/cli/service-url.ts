import type { AppConfig } from '../config/app-config.ts';

/** The URL of a running service: the given one, else the one from HOST and PORT. */
export function serviceUrl(given: string | undefined, readConfig: () => AppConfig): string {
  return given?.replace(/\/+$/, '') ?? ownUrl(readConfig());
}

/** The URL of the configured service on this machine. */
function ownUrl({ http: { host, port } }: AppConfig): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
