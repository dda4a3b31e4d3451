import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../until.ts';

/** One call to the model, which the test answers part by part. */
export interface ScriptedCall {
  /** Whether the caller has closed the connection. */
  readonly isClosed: boolean;
  say(text: string): void;
  finish(reason?: string): void;
  /** Ends the stream without a finish reason. */
  truncate(): void;
  cut(): void;
}

/** A model over a real socket that says what a test tells it to say, when it tells it. */
export class ScriptedModel {
  readonly calls: ScriptedCall[] = [];
  private readonly server: Server;
  private port = 0;

  constructor() {
    this.server = createServer((request, response) => {
      request.resume().once('end', () => this.calls.push(toCall(response)));
    });
  }

  /** Listens, if it does not yet; after `stop()` on the same port as before. */
  async start(): Promise<this> {
    if (this.server.listening) return this;
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    ({ port: this.port } = this.server.address() as AddressInfo);
    return this;
  }

  /** Known once started. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1?model=scripted`;
  }

  /** The call of that number, counted from 0, once it has arrived. */
  async call(number: number): Promise<ScriptedCall> {
    await until(`call ${number} has arrived`, () => this.calls.length > number);
    return this.calls[number]!;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function toCall(response: ServerResponse): ScriptedCall {
  const send = (delta: object, finish_reason: string | null = null) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  };
  return {
    get isClosed() {
      return response.destroyed;
    },
    say: (text) => send({ content: text }),
    finish(reason = 'stop') {
      send({}, reason);
      response.end('data: [DONE]\n\n');
    },
    truncate: () => response.end(),
    cut: () => response.destroy(),
  };
}
