import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { findFreePort } from '../free-port.ts';

/** A network path to a PostgreSQL server which can be missing, cut and brought back, on one port. */
export class DatabaseRelay {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  /** Whether new connections are taken without anything getting through. */
  isHeld = false;

  private constructor(
    private readonly target: URL,
    private readonly port: number,
  ) {}

  /** Finds a free port, on which nothing listens until `start`. */
  static async prepare(targetUrl: string): Promise<DatabaseRelay> {
    return new DatabaseRelay(new URL(targetUrl), await findFreePort());
  }

  /** The server's URL by way of the relay. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Listens, if it does not yet. */
  async start(): Promise<void> {
    if (this.server) return;
    this.server = createServer((inner) => {
      const outer = connect(Number(this.target.port) || 5432, this.target.hostname);
      for (const [socket, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        if (!this.isHeld) socket.pipe(other);
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Resets every connection; new ones are let through. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Lets nothing more through on the connections there are, which stay open; new ones are let through. */
  freeze(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.cut();
    server.close();
    await once(server, 'close');
    this.server = undefined;
  }
}
