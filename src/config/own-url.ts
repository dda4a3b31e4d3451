import type { AppConfig } from './app-config.ts';

/** Where the service that this environment configures is reached from the same machine. */
export function ownUrl({ http: { host, port } }: AppConfig): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
