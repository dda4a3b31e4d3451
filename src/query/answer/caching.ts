/**
 * What a caller wants of the caches. `no-cache`: a new answer; stored ones serve the fallback ladder alone. `no-store`: nothing
 * is kept of it either. Undefined: as usual.
 */
export type Caching = 'no-cache' | 'no-store' | undefined;

/** Reads the `Cache-Control` header of a request (RFC 9111, section 5.2.1). Other directives have no effect. */
export function readCaching(cacheControl: string | undefined): Caching {
  const directives = (cacheControl ?? '').split(',').map((directive) => directive.trim().toLowerCase());
  if (directives.includes('no-store')) return 'no-store';
  return directives.includes('no-cache') || directives.includes('max-age=0') ? 'no-cache' : undefined;
}
