import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** The certificate of an authority that nobody trusts. Made for tests, valid until 2120, as are those below. */
export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBVTCB+6ADAgECAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMMDlRlc3QgYXV0
aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAZMRcwFQYD
VQQDDA5UZXN0IGF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEbL
d1iPaOWL073WUj3c9RZZRueNmjGqqo1hl34o2CDd7zWex/NnxEmsgtqJThqReJtS
iIhXyBl4OHaQMXpLxYKjMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFAgc
34S17sE2/dwWtNCUks8JmuL4MAoGCCqGSM49BAMCA0kAMEYCIQDkCQ/MeCbivAU6
qcNVctqJ9TbBbQx1ZXSrxngnhrlbVAIhAMmJVazTSh/awZgjM7I8Tbc7kWqvwuFD
m4JqFJocKtqO
-----END CERTIFICATE-----
`;
/** Signed by that authority, for the name localhost alone. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgDCCASegAwIBAgIBAjAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAG
A1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4V5r6Q6W
GX97jnLBW5jwOAZVWdSqnWpa5O5GfzxgdgFqo+5h/gJc+QjYBKvIelDSfEUM5/yI
Ee+UyIP+fvekS6NjMGEwCQYDVR0TBAIwADAUBgNVHREEDTALgglsb2NhbGhvc3Qw
HQYDVR0OBBYEFJ1NMADKo8MwKHDCjXWOavfWv27oMB8GA1UdIwQYMBaAFAgc34S1
7sE2/dwWtNCUks8JmuL4MAoGCCqGSM49BAMCA0cAMEQCIDvJsVXde/ev2lAepoIc
CFn8kHNJ3U11XA5HSxd1CTV8AiBHhHSnJGRo3hxI30TRfE32a35EeiT47jToM+vZ
OrgBoQ==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwSQ0P2UcjFwkm2+d
0Rd4MqeWIX1drjMRw90LNXbkClqhRANCAAThXmvpDpYZf3uOcsFbmPA4BlVZ1Kqd
alrk7kZ/PGB2AWqj7mH+Alz5CNgEq8h6UNJ8RQzn/IgR75TIg/5+96RL
-----END PRIVATE KEY-----
`;

/** The first message of a client that wants TLS. */
const WANTS_TLS = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
/** What a server says whose pg_hba.conf has `hostssl` lines alone. */
const REFUSAL = 'SFATAL\0C28000\0Mno pg_hba.conf entry for this host, no encryption\0\0';

/** A PostgreSQL server that lets clients in by TLS alone: in front of the server that `url` names. */
export class TlsFront implements AsyncDisposable {
  private readonly sockets = new Set<Socket>();
  private readonly context = createSecureContext({ cert: CERTIFICATE, key: KEY });
  private readonly server = createServer((socket) => void this.serve(socket).catch(() => socket.destroy()));

  private constructor(private readonly behind: URL) {}

  static async start(url: string): Promise<TlsFront> {
    const front = new TlsFront(new URL(url));
    front.server.listen(0);
    await once(front.server, 'listening');
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private async serve(socket: Socket): Promise<void> {
    this.track(socket);
    const [first] = (await once(socket, 'data')) as [Buffer];
    if (!first.equals(WANTS_TLS)) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(REFUSAL.length + 4);
      socket.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(REFUSAL)]));
      return;
    }
    socket.pause();
    socket.write('S');
    const client = new TLSSocket(socket, { isServer: true, secureContext: this.context });
    const upstream = connect(Number(this.behind.port), this.behind.hostname);
    this.track(client);
    this.track(upstream);
    client.pipe(upstream).pipe(client);
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => void this.sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
