import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { IngestClient } from '../../../src/cli/ingest-client.ts';
import { ingestFiles } from '../../../src/cli/ingest-files.ts';
import type { ServiceOptions } from '../../../src/cli/service-client.ts';
import { clientOf, HurriedClock } from '../../support/cli/service-client.ts';

const MIB = 1_048_576;
const FILES = 40;
const LOGIN = '<html><form action="/login">Password</form></html>';

/** A failsoft that takes every document, behind something that may answer in its place. */
class GuardedService {
  url = '';
  readonly stored: string[] = [];
  readonly sizes: number[] = [];
  headers: IncomingHttpHeaders = {};
  /** Answers a body of so many bytes in the place of the service; false lets it through. */
  guard: (response: ServerResponse, bytes: number) => boolean = () => false;
  private readonly server: Server = createServer(async (request, response) => {
    this.headers = request.headers;
    const body = await text(request);
    this.sizes.push(Buffer.byteLength(body));
    if (this.guard(response, Buffer.byteLength(body))) return;
    const { documents } = JSON.parse(body) as { documents: { id: string }[] };
    this.stored.push(...documents.map(({ id }) => id));
    const results = documents.map(({ id }) => ({ id, status: 'created', chunks: 1, embedding: 'ready' }));
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ documents: results }));
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** An answer that is not failsoft's. */
const answerWith =
  (status: number, headers: Record<string, string>, body = LOGIN) =>
  (response: ServerResponse): boolean => {
    response.writeHead(status, headers).end(body);
    return true;
  };
const html = { 'content-type': 'text/html; charset=utf-8' };

describe('npm run ingest behind a proxy', () => {
  let folder = '';
  let service: GuardedService;
  let clock: HurriedClock;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'failsoft-guarded-'));
    for (let index = 0; index < FILES; index++)
      await writeFile(join(folder, `${index}.md`), 'A line with "quotes" and ä and ö.\n'.repeat(2_000));
  });

  beforeEach(async () => {
    service = await new GuardedService().start();
    clock = new HurriedClock();
  });

  afterEach(() => service.stop());
  afterAll(() => rm(folder, { recursive: true }));

  const progress = { start: () => undefined, advance: () => undefined };
  const ingest = (
    options: ServiceOptions = { url: service.url },
    paths = [folder],
    variable: string[] = [],
  ) => ingestFiles(paths, new IngestClient(clientOf(options, clock, variable)), progress);

  it('sends batches that fit into a megabyte', async () => {
    service.guard = (response, bytes) => bytes > MIB && answerWith(413, html)(response);
    expect(await ingest()).toMatchObject({ created: FILES, unsent: 0, faults: [] });
    expect(Math.max(...service.sizes)).toBeLessThan(MIB);
  });

  it('makes batches smaller after a 413, and remembers that', async () => {
    service.guard = (response, bytes) => bytes > 200_000 && answerWith(413, html)(response);
    expect(await ingest()).toMatchObject({ created: FILES, unsent: 0, faults: [] });
    expect(new Set(service.stored).size).toBe(FILES);
    expect(service.sizes.filter((bytes) => bytes > 200_000).length).toBeLessThan(5);
  });

  it('names a document that is too large alone, and sends the others', async () => {
    const large = join(folder, 'large.md');
    await writeFile(large, 'x'.repeat(2 * MIB));
    service.guard = (response, bytes) => bytes > MIB && answerWith(413, html)(response);
    const summary = await ingest();
    await rm(large);
    expect(summary).toMatchObject({ created: FILES, unsent: 0 });
    expect(summary.faults).toEqual([
      expect.stringMatching(
        /\/large\.md: too large for a proxy in front of failsoft \(\d+ bytes, status 413\)$/,
      ),
    ]);
  });

  it.each([
    [
      'a login page',
      answerWith(200, html),
      /answered 200 \(text\/html\), which failsoft never does: a login page/,
    ],
    [
      'JSON of something else',
      answerWith(200, { 'content-type': 'application/json' }, '{"ok":true}'),
      /not failsoft's/,
    ],
    ...['"x"', '[]', '{}'].map((value): [string, ReturnType<typeof answerWith>, RegExp] => [
      `JSON with ${value} as documents`,
      answerWith(200, { 'content-type': 'application/json' }, `{"documents":${value}}`),
      /not failsoft's/,
    ]),
    [
      "a network's own page",
      answerWith(511, html),
      /answered 511 \(text\/html\): something .* wants a login/,
    ],
    [
      'JSON that is cut off',
      answerWith(200, { 'content-type': 'application/json' }, '{"documents"'),
      /cannot be read/,
    ],
    [
      'a redirect to a login',
      answerWith(302, { location: 'https://login.example.com/start?next=%2Fdocuments' }, ''),
      /answered 302 and redirects to https:\/\/login\.example\.com\/start: something .* wants a login; .*--header/,
    ],
    [
      'a redirect to the address itself',
      answerWith(301, { location: 'https://rag.example.com/documents' }, ''),
      /redirects to https:\/\/rag\.example\.com; use --url https:\/\/rag\.example\.com$/,
    ],
    [
      'a page that wants a login',
      answerWith(401, html),
      /answered 401 \(text\/html\): something .* wants a login/,
    ],
    ['a challenge', answerWith(403, html), /answered 403 \(text\/html\): something .* wants a login/],
    [
      'a page of another site',
      answerWith(404, html),
      /this is no address of failsoft; check the path of --url/,
    ],
    ['nothing', answerWith(204, {}, ''), /answered 204 \(no content type\)/],
  ])('ends with its count and one line when %s answers', async (_, guard, line) => {
    service.guard = guard;
    const summary = await ingest();
    expect(summary).toMatchObject({ created: 0, unsent: FILES, faults: [] });
    expect(summary.stopped).toMatch(line);
    expect(summary.stopped).not.toContain('\n');
    expect(service.sizes).toHaveLength(1);
  });

  it.each([
    [429, '3', 3_000],
    [503, new Date(4_000).toUTCString(), 4_000],
    [502, undefined, 2_000],
    [504, '100000', 60_000],
  ])('repeats a call that was answered %d with Retry-After %s', async (status, after, waitMs) => {
    let left = 1;
    const headers = { ...html, ...(after !== undefined && { 'retry-after': after }) };
    service.guard = (response) => left-- > 0 && answerWith(status, headers)(response);
    expect(await ingest()).toMatchObject({ created: FILES, unsent: 0, faults: [] });
    expect(clock.now()).toBe(waitMs);
  });

  it('sends headers and credentials, and shows none of them', async () => {
    const url = service.url.replace('http://', 'http://ann:my%20secret@');
    await ingest({ url, header: ['X-Gateway: first', 'X-Gateway: key with spaces '] }, undefined, [
      'X-Other: 1',
    ]);
    expect(service.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('ann:my secret').toString('base64')}`,
      'x-gateway': 'key with spaces',
      'x-other': '1',
    });
    service.guard = answerWith(401, html);
    expect((await ingest({ url })).stopped).not.toMatch(/ann|secret/);
    service.stop();
    expect((await ingest({ url })).stopped).toMatch(
      /^No failsoft runs at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): start one with .*, or name one with --url$/,
    );
  });

  it.each(['', 'no colon', 'Bad name: x', 'X-A: line\nbreak', 'X-A: ümlaut', 'X-A:'])(
    'refuses the header %j without showing it',
    (header) => {
      const shown = () => clientOf({ url: service.url, header: [header] });
      expect(shown).toThrow("--header must be 'Name: value', in printable ASCII");
    },
  );

  it.each(['Content-Length: 3', 'transfer-encoding: chunked', 'Connection: close', 'Expect: 100-continue'])(
    'refuses %j, which would hang or break the connection',
    (header) => {
      const name = header.split(':')[0] ?? '';
      const line = `the header ${name} cannot be given: it belongs to the connection`;
      expect(() => clientOf({ url: service.url, header: [header] })).toThrow(line);
      expect(() => clientOf({ url: service.url }, clock, [header])).toThrow(line);
    },
  );
});
