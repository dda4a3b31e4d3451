import { localhostAllowedHostnames, validateHostHeader } from '@modelcontextprotocol/server';
import type { AppConfig } from '../config/app-config.ts';

/**
 * Whether a web page of somebody else may have sent the request. A page can make a browser send it to this machine by letting
 * its own name resolve to an address here, and then `Host` and `Origin` are that name's. Programs send no `Origin`.
 * @param headers those of the request
 * @param http a service that listens on this machine alone is called by a name of this machine or by `PUBLIC_URL`
 */
export function isForeignCaller(
  headers: { host?: string | undefined; origin?: string | undefined },
  { host, corsOrigins, publicUrl }: Pick<AppConfig['http'], 'host' | 'corsOrigins' | 'publicUrl'>,
): boolean {
  const { origin } = headers;
  const known = publicUrl === undefined ? [] : [new URL(publicUrl)];
  const isLocal = isLoopback(host);
  const hosts = [...localhostAllowedHostnames(), ...known.map(({ hostname }) => hostname)];
  if (isLocal && !validateHostHeader(headers.host, hosts).ok) return true;
  const own = isLocal ? [`http://${headers.host}`] : [];
  const origins = [...corsOrigins, ...own, ...known.map((url) => url.origin)];
  return origin !== undefined && !origins.includes(origin);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
}
