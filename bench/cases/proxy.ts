import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a proxy does with a request before the service sees it. */
export interface ProxyRules {
  /** A larger body is answered with 413 and a page. */
  maxBodyBytes?: number;
  /** Every request without this header is answered with a login page. */
  wantsHeader?: string;
  /** A path prefix that is taken away, after which the path is decoded, as nginx does with a path in `proxy_pass`. */
  prefix?: string;
}

/** A reverse proxy in front of the service. */
export interface Proxy extends AsyncDisposable {
  /** With the prefix, without a trailing slash. */
  url: string;
}

const page = (response: ServerResponse, status: number, title: string) => {
  response.writeHead(status, { 'content-type': 'text/html' });
  response.end(`<!DOCTYPE html><html><head><title>${title}</title></head><body>nginx</body></html>`);
};

/** Starts one. */
export async function startProxy(target: string, rules: ProxyRules): Promise<Proxy> {
  const { maxBodyBytes = Number.POSITIVE_INFINITY, wantsHeader, prefix = '' } = rules;
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    if (wantsHeader && !incoming.headers[wantsHeader]) return page(response, 200, 'Sign in');
    if (body.length > maxBodyBytes) return page(response, 413, 'Request Entity Too Large');
    const { pathname, search } = new URL(incoming.url ?? '/', target);
    if (!pathname.startsWith(prefix)) return page(response, 404, 'Not Found');
    const path = prefix ? decodeURIComponent(pathname.slice(prefix.length)) : pathname;
    const { host: _, ...headers } = incoming.headers;
    const asking = httpRequest(new URL(target).origin + path + search, {
      method: incoming.method,
      headers: prefix ? { ...headers, 'x-forwarded-prefix': prefix } : headers,
    });
    asking.on('error', () => page(response, 502, 'Bad Gateway'));
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
