import type { FastifyRequest } from 'fastify';

/** Where a source can be read: the URL of its document, or the passage in this service. */
export function sourceUrl(source: { url: string | null; chunk_id: string }, baseUrl: string): string {
  return source.url ?? `${baseUrl}/passages/${source.chunk_id}`;
}

/**
 * The address by which a caller reaches the service, without a slash at its end: `PUBLIC_URL`, or what the request was sent to.
 */
export function baseUrlOf(
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
  publicUrl: string | undefined,
): string {
  const own = `${protocol}://${host}`;
  // HTTP/1.0 asks without a host.
  return publicUrl ?? (URL.canParse(own) ? new URL(own).origin : `${protocol}://localhost`);
}
