import { once } from 'node:events';
import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';

/** The startup parameters that PgBouncer knows; it refuses a connection that brings another one. */
const KNOWN = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
]);
/** The protocol's version 3.0, as a startup packet gives it. */
const STARTUP = 196_608;
/** What a client sends before the startup packet to ask for TLS. */
const SSL_REQUEST = 80_877_103;
const HEADER_BYTES = 8;

/** A pooler before a PostgreSQL server, one server connection for each client, that checks startup packets as PgBouncer does. */
export class SessionPooler {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  /** Starts one on a free port. */
  static async start(target: NetConnectOpts): Promise<SessionPooler> {
    const sockets = new Set<Socket>();
    const track = (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      return socket;
    };
    const server = createServer((client) => {
      track(client);
      void readStartup(client).then((packet) => {
        if (packet.readInt32BE(4) === SSL_REQUEST) return client.end('N');
        const unknown = readParameters(packet).find((name) => !KNOWN.has(name.toLowerCase()));
        if (unknown !== undefined) return client.end(refuse(`unsupported startup parameter: ${unknown}`));
        const outer = track(connect(target));
        outer.write(packet);
        client.pipe(outer).pipe(client);
        client.on('close', () => outer.destroy());
        outer.on('close', () => client.destroy());
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SessionPooler(server, sockets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The first packet, whole; the bytes after it stay in the socket. */
async function readStartup(client: Socket): Promise<Buffer> {
  for (;;) {
    const length = client.readableLength >= 4 ? peekLength(client) : Number.POSITIVE_INFINITY;
    if (client.readableLength >= length) return client.read(length) as Buffer;
    await once(client, 'readable');
  }
}

function peekLength(client: Socket): number {
  const bytes = client.read() as Buffer;
  client.unshift(bytes);
  return bytes.readInt32BE();
}

/** The names of a startup packet's parameters: pairs of texts, each with a zero behind it, and one more zero at the end. */
function readParameters(packet: Buffer): string[] {
  if (packet.readInt32BE(4) !== STARTUP)
    throw new Error('the client began with another packet than a startup packet');
  const texts = packet.subarray(HEADER_BYTES).toString().split('\0');
  return texts.filter((text, index) => index % 2 === 0 && text !== '');
}

/** An ErrorResponse. */
function refuse(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
