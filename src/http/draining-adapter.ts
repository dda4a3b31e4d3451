import type { IncomingMessage, ServerResponse } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { Clock } from '../resilience/time/clock.ts';

/** How long a closing server waits for the requests that run. */
export interface DrainLimits {
  clock: Clock;
  /** Raised, a request that hangs keeps the process from ending for as much longer. */
  requestsMs: number;
}

/**
 * The Fastify adapter of a service that closes without losing a response. From the beginning of the shutdown,
 * every response closes its connection. Once the server is closed, connections without a request are ended at once, and
 * those with one when it is answered or the limit is over.
 */
export class DrainingAdapter extends FastifyAdapter {
  /** The responses that are not sent yet. */
  private readonly running = new Set<ServerResponse>();
  private isDraining = false;
  private isClosed = false;

  constructor(options: FastifyServerOptions, limits: DrainLimits) {
    // Fastify's own 503 has no place in the contract. What still arrives is answered like everything else.
    super({ ...options, return503OnClosing: false });
    const fastify = this.getInstance();
    // Fastify's own listener may have sent the response by the time a later one is called.
    fastify.server.prependListener('request', (_: IncomingMessage, response: ServerResponse) =>
      this.follow(response),
    );
    fastify.addHook('preClose', (done) => {
      this.limitRequests(limits);
      done();
    });
  }

  /** The framework calls this first of all at a shutdown. */
  override beforeClose(): void {
    super.beforeClose();
    this.isDraining = true;
    for (const response of this.running) response.shouldKeepAlive = false;
  }

  private follow(response: ServerResponse): void {
    if (this.isDraining) response.shouldKeepAlive = false;
    this.running.add(response);
    // Of a streamed response, a dozen parts wait for the end. Node warns from eleven on.
    response.setMaxListeners(20);
    response.once('close', () => {
      this.running.delete(response);
      this.endIdle();
    });
  }

  private limitRequests({ clock, requestsMs }: DrainLimits): void {
    const { server } = this.getInstance();
    this.isClosed = true;
    this.endIdle();
    const cancel = clock.setTimer(() => server.closeAllConnections(), requestsMs);
    server.once('close', cancel);
  }

  /**
   * By itself Node waits for a connection that has answered its last request until its keep-alive is over, and for one that
   * never asked anything for ever.
   */
  private endIdle(): void {
    if (!this.isClosed) return;
    const end = () => {
      if (this.running.size === 0) this.getInstance().server.closeAllConnections();
    };
    // A request that has arrived on a new connection is read within two turns of the event loop.
    setImmediate(() => setImmediate(end));
  }
}
