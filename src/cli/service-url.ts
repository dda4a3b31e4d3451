import type { AppConfig } from '../config/app-config.ts';

/** Where a running service is reached: at the URL that is given, or where this environment says that it listens. */
export function serviceUrl(given: string | undefined, readConfig: () => AppConfig): string {
  return given?.replace(/\/+$/, '') ?? ownUrl(readConfig());
}

/** Where the service that this environment configures is reached from the same machine. */
function ownUrl({ http: { host, port } }: AppConfig): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
