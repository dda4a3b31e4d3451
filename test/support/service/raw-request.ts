import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A response as it came, with its body parsed. */
export interface RawReply {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/**
 * Sends what a browser's fetch would not: any header and any path, byte by byte. With a body larger than what the
 * service takes, the answer counts, and not that the service hung up on the rest.
 */
export function requestRaw(
  url: string,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<RawReply> {
  const { method = 'GET', path, headers, body } = options;
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      text(response)
        .then((json) => {
          const parsed: unknown = json === '' ? null : JSON.parse(json);
          resolve({ status: response.statusCode, headers: response.headers, body: parsed });
        })
        .catch(reject);
    });
    // Too late to matter once an answer has come.
    sent.on('error', reject);
    sent.end(body);
  });
}
