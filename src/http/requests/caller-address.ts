import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Groups of an IPv6 address that a provider gives to one customer, who has all addresses below. */
const NETWORK_GROUPS = 4;

/**
 * What limits count callers by: the address, of IPv6 the network. Behind proxies that `TRUSTED_PROXIES` names this is the
 * address that they report.
 */
export function callerOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const address = ip.replace(/^::ffff:(?=[\d.]+$)/i, '');
  // A proxy may report anything.
  if (!isIPv6(address)) return isIPv4(address) ? address : 'unknown';
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  const all =
    tail === undefined
      ? groups
      : [...groups, ...Array.from({ length: missing }, () => '0'), ...tail.split(':')];
  return `${all
    .slice(0, NETWORK_GROUPS)
    .map((group) => parseInt(group || '0', 16).toString(16))
    .join(':')}::/64`;
}
