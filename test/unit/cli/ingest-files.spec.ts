import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IngestClient } from '../../../src/cli/ingest-client.ts';
import { ingestFiles } from '../../../src/cli/ingest-files.ts';
import { clientOf, HurriedClock } from '../../support/cli/service-client.ts';

const FILES = 60;
const AWAY = { error: 'service_unavailable', message: 'It is away.', request_id: '1' };

/** The end of a call: a connection closed before or within the response, or a status. */
type Fault = 'break' | 'cut' | 500 | 503 | undefined;

/** Takes documents; what `fail` says of a call with these ids becomes its end. */
class FakeService {
  calls = 0;
  stored: string[] = [];
  fail: (call: number, ids: string[]) => Fault = () => undefined;
  private readonly server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    const { documents } = JSON.parse(text || '{"documents":[]}') as { documents: { id: string }[] };
    const fault = this.fail(
      ++this.calls,
      documents.map(({ id }) => id),
    );
    if (fault === 'break') return request.socket.destroy();
    if (fault === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.write('{"docu', () => request.socket.destroy());
    }
    if (fault === undefined) this.stored.push(...documents.map(({ id }) => id));
    const results = documents.map(({ id }) => ({ id, status: 'created', chunks: 1, embedding: 'ready' }));
    response.writeHead(fault ?? 200, { 'content-type': 'application/json', 'retry-after': '7' });
    response.end(JSON.stringify(fault === undefined ? { documents: results } : AWAY));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('ingestFiles', () => {
  let folder = '';
  let service: FakeService;
  let url = '';
  let clock: HurriedClock;
  let done = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'failsoft-ingest-'));
    for (let index = 0; index < FILES; index++) await writeFile(join(folder, `${index}.md`), `Note ${index}`);
  });

  beforeEach(async () => {
    service = new FakeService();
    url = await service.start();
    clock = new HurriedClock();
    done = 0;
  });

  afterEach(() => service.stop());
  afterAll(() => rm(folder, { recursive: true }));

  const ingest = () =>
    ingestFiles([folder], new IngestClient(clientOf({ url }, clock)), {
      start: () => undefined,
      advance: (count) => {
        done += count;
      },
    });

  it('sends every file once', async () => {
    expect(await ingest()).toMatchObject({ created: FILES, faults: [] });
    expect(new Set(service.stored).size).toBe(FILES);
    expect(done).toBe(FILES);
  });

  it.each([['break', 2_000] as const, ['cut', 2_000] as const, [500, 7_000] as const, [503, 7_000] as const])(
    'waits while the service is unavailable (%s)',
    async (fault, waitMs) => {
      service.fail = (call) => (call === 2 || call === 3 ? fault : undefined);
      expect(await ingest()).toMatchObject({ created: FILES, faults: [] });
      expect(clock.now()).toBe(2 * waitMs);
      expect(new Set(service.stored).size).toBe(FILES);
    },
  );

  it.each([
    ['break', 'cannot be reached (UND_ERR_SOCKET)'],
    ['cut', 'broke before the answer was complete'],
    [500, 'answered 500: It is away.'],
  ] as const)('sends the other files when one breaks every call (%s)', async (fault, reason) => {
    const [first = ''] = await readdir(folder);
    service.fail = (_, ids) => (ids.some((id) => id.endsWith(`/${first}`)) ? fault : undefined);
    const summary = await ingest();
    expect(summary).toMatchObject({ created: FILES - 1, unsent: 0 });
    expect(summary.stopped).toBeUndefined();
    expect(summary.faults).toEqual([expect.stringContaining(`/${first}: `)]);
    expect(summary.faults).toEqual([expect.stringContaining(reason)]);
    expect(done).toBe(FILES);
  });

  it.each([
    ['break', 'cannot be reached (UND_ERR_SOCKET)'] as const,
    [503, 'answered 503: It is away.'] as const,
  ])('reports what was stored when the service stays unavailable (%s)', async (fault, message) => {
    service.fail = (call) => (call > 1 ? fault : undefined);
    const summary = await ingest();
    expect(summary).toMatchObject({ created: 25, unsent: 35, stopped: expect.stringContaining(message) });
    expect(done).toBe(25);
  });
});
