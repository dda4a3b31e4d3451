import { randomUUID } from 'node:crypto';

/** Returns the caller's request id when it is at most 128 printable ASCII characters, else a new one. */
export function chooseRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\x20-\x7e]{1,128}$/.test(given) ? given : randomUUID();
}
