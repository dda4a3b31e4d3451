import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import type { AnswerBody } from '../../support/service/service.ts';

/** No name server knows it: only the proxy reaches it. */
const MODEL_HOST = 'model.invalid';

/** A proxy that sends everything for one host to a port, and counts what it was asked for. */
class ForwardProxy {
  url = '';
  readonly asked: string[] = [];
  /** Whether it lets nobody through any more. */
  private refuses = false;
  private readonly tunnels: Socket[] = [];
  private readonly server: Server;

  constructor(private readonly port: number) {
    this.server = createServer((incoming, response) => {
      this.asked.push(new URL(incoming.url ?? '').host);
      const { pathname: path } = new URL(incoming.url ?? '');
      const { method, headers } = incoming;
      const outgoing = request({ port: this.port, host: '127.0.0.1', path, method, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      });
      incoming.pipe(outgoing);
    });
    this.server.on('connect', (incoming: IncomingMessage, client: Socket) => {
      this.asked.push(incoming.url ?? '');
      if (this.refuses) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.tunnels.push(client);
      const upstream = connect(this.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  /** Wants a password from now on. */
  refuse(): void {
    this.refuses = true;
    for (const tunnel of this.tunnels) tunnel.destroy();
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('a model behind an outbound proxy', () => {
  it.each([
    ['is reached with NODE_USE_ENV_PROXY=1', { NODE_USE_ENV_PROXY: '1' }, [], false],
    [
      'is not reached without it, which is said at the start',
      {},
      [expect.stringMatching(/^HTTP_PROXY: is set and not used; set NODE_USE_ENV_PROXY=1/)],
      true,
    ],
  ])('%s', async (_, env, lines, isDegraded) => {
    const fake = await new FakeHuggingFace().start();
    const proxy = await new ForwardProxy(Number(new URL(fake.url).port)).start();
    const folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    const service = await ServiceProcess.start({
      GENERATION_TARGETS: `http://${MODEL_HOST}/v1?model=fake-chat&name=model`,
      DATA_DIR: folder.path,
      PROBE_INTERVAL_SECONDS: '0',
      HTTP_PROXY: proxy.url,
      NO_PROXY: '127.0.0.1,localhost',
      ...env,
    });
    try {
      await service.request('POST', '/documents', { documents: handbook });
      const { body } = await service.request<AnswerBody>('POST', '/query', { query: circuitQuestion(1) });
      expect(body.metadata.from_fallback).toBe(isDegraded);
      expect(proxy.asked.some((host) => host.startsWith(MODEL_HOST))).toBe(!isDegraded);
      const unused = service.logs.filter(({ event }) => event === 'setting_unused');
      expect(unused.map(({ msg }) => msg)).toEqual(lines);

      proxy.refuse();
      await service.request<AnswerBody>('POST', '/query', { query: circuitQuestion(2) });
      const { last_failure_cause: cause } = await service.guard('model');
      expect(cause).toMatch(isDegraded ? /^(ENOTFOUND|EAI_AGAIN)$/ : /^http_407$/);
    } finally {
      await service.stop();
      proxy.stop();
      await fake.stop();
      await folder.remove();
    }
  });
});
