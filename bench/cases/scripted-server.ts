import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as it came in. */
export interface Received {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The body as JSON; an empty object when it is none. */
  body: Record<string, unknown>;
}

/** What is sent back: a whole response, or what a function does with the response. */
export type Scripted =
  | { status: number; body: string | object; type?: string; headers?: Record<string, string> }
  | ((response: ServerResponse) => void | Promise<void>);

/** A server on a free port whose every response is decided by one function. */
export interface ScriptedServer extends AsyncDisposable {
  /** Without a trailing slash. */
  url: string;
  received: Received[];
}

/** Starts one. */
export async function startScriptedServer(
  respond: (request: Received, index: number) => Scripted | Promise<Scripted>,
): Promise<ScriptedServer> {
  const received: Received[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const one = await readRequest(request);
    const reply = await respond(one, received.push(one) - 1);
    if (typeof reply === 'function') return reply(response);
    const isText = typeof reply.body === 'string';
    const type = reply.type ?? (isText ? 'text/html' : 'application/json');
    response.writeHead(reply.status, { 'content-type': type, ...reply.headers });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The answer of a chat as a stream, in the parts given. */
export function stream(parts: readonly string[], finishReason = 'stop'): Scripted {
  return streamChunks([
    ...parts.map((content) => ({ choices: [{ index: 0, delta: { content } }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: finishReason }] },
  ]);
}

/** Any chunks as a stream, each `everyMs` milliseconds after the one before. */
export function streamChunks(
  chunks: readonly object[],
  { type = 'text/event-stream', everyMs = 0 } = {},
): Scripted {
  return async (response) => {
    response.writeHead(200, { 'content-type': type });
    for (const chunk of chunks) {
      if (response.destroyed) return;
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      if (everyMs > 0) await sleep(everyMs);
    }
    response.end('data: [DONE]\n\n');
  };
}

async function readRequest(request: IncomingMessage): Promise<Received> {
  const { method = '', url: path = '', headers } = request;
  const raw = await text(request);
  return { method, path, headers, body: parse(raw) };
}

function parse(raw: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(raw)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
