import { DocumentsService } from '../../../src/ingest/documents/documents.service.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

interface Listed {
  id: string;
  embedding: string;
}

interface List {
  documents: Listed[];
  next: string | null;
}

describe('/documents', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  const get = (id: string) => service.request('GET', `/documents/${encodeURIComponent(id)}`);
  const remove = (id: string) => service.request('DELETE', `/documents/${encodeURIComponent(id)}`);

  it('deletes a document for a client that sends a content type without a body', async () => {
    await service.ingest([{ id: 'typed', text: 'A fuse.' }]);
    const headers = { 'content-type': 'application/json' };
    const { status } = await service.request('DELETE', '/documents/typed', undefined, { headers });
    expect(status).toBe(204);
    expect((await service.request('GET', '/documents/typed')).status).toBe(404);
  });

  it('reads documents in separate turns of the event loop, so that other requests do not wait for all', async () => {
    using turns = new TurnCounter();
    const readIn = new Set<number>();
    const bodies = Array.from({ length: 20 }, (_, index) => ({
      id: `many-${index}`,
      format: 'text' as const,
      metadata: {},
      get text() {
        readIn.add(turns.count);
        return `Fuse ${index} melts.`;
      },
    }));
    const stored = await service.app.get(DocumentsService).ingest('default', bodies);
    expect(stored).toHaveLength(20);
    expect(readIn.size).toBe(20);
    for (const { id } of bodies) expect((await remove(id)).status).toBe(204);
  });

  it('creates and updates documents, leaves unchanged ones, and lists them', async () => {
    const document = {
      id: 'guide',
      title: 'Guide',
      text: '# Start\n\nTurn the key.\n\n# Stop\n\nTurn it back.',
      url: 'https://example.com/guide',
      metadata: { year: 2026, tags: ['a', 'b'], draft: false, by: null },
    };
    const stored = { id: 'guide', chunks: expect.any(Number), embedding: 'ready' };
    expect(await service.ingest([document])).toEqual([{ ...stored, status: 'created' }]);
    expect(await service.ingest([document])).toEqual([{ ...stored, status: 'unchanged' }]);
    const shown = await get('guide');
    expect(shown.status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const expected = {
      ...document,
      format: 'markdown',
      chunks: expect.any(Number),
      embedding: 'ready',
      created_at: time,
      updated_at: time,
    };
    expect(shown.body).toEqual(expected);

    const changed = { ...document, text: 'Push the button.' };
    expect(await service.ingest([changed])).toEqual([{ ...stored, status: 'updated' }]);
    expect((await get('guide')).body).toEqual({ ...expected, text: 'Push the button.', chunks: 1 });
    expect((await remove('guide')).status).toBe(204);
    expect((await get('guide')).status).toBe(404);
  });

  it('reports a document as created to only one of its concurrent senders', async () => {
    const sent = Array.from({ length: 12 }, () => service.ingest([{ id: 'race', text: 'A fuse melts.' }]));
    const statuses = (await Promise.all(sent)).map(([document]) => document?.status);
    expect(statuses.toSorted()).toEqual(['created', ...Array.from({ length: 11 }, () => 'unchanged')]);
    await remove('race');
  });

  it.each(['a/b/c.md', 'Über uns – 概要.md', 'a b?c#d%25&e=f', '../..', '%2e%2e', '🦆'.repeat(50)])(
    'finds the document %s by its id',
    async (id) => {
      await service.ingest([{ id, text: 'Something to keep.' }]);
      const { status, body } = await get(id);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, text: 'Something to keep.' });
      expect((await remove(id)).status).toBe(204);
    },
  );

  it.each(['a/b/c.md', 'a%2Fb', 'a+b&c=d?e#f', '..', 'Über uns 🦆'])(
    'reads and deletes the document %s by the query parameter id',
    async (id) => {
      await service.ingest([{ id, text: 'Something to keep.' }]);
      const path = `/documents?id=${encodeURIComponent(id)}`;
      const { status, body } = await service.request('GET', path);
      expect([status, body]).toMatchObject([200, { id, text: 'Something to keep.' }]);
      expect((await service.request('HEAD', path)).status).toBe(200);
      expect((await service.request('DELETE', path)).status).toBe(204);
      for (const method of ['GET', 'DELETE']) expect((await service.request(method, path)).status).toBe(404);
    },
  );

  it.each([
    ['GET', 'id='],
    ['GET', 'id=a&id=b'],
    ['GET', 'id=a&limit=1'],
    ['DELETE', ''],
    ['DELETE', 'id='],
    ['DELETE', 'id=a&id=b'],
    ['DELETE', 'id=a&x=1'],
  ])('refuses %s /documents?%s, and deletes nothing', async (method, query) => {
    await service.ingest([{ id: 'a', text: 'Something to keep.' }]);
    const { status, body } = await service.request(method, `/documents?${query}`);
    expect([status, body]).toMatchObject([
      400,
      { error: 'invalid_request', details: [{ path: expect.any(String) }] },
    ]);
    expect((await get('a')).status).toBe(200);
    await remove('a');
  });

  it('stores a document whose front matter names a NUL', async () => {
    await service.ingest([{ id: 'nul', text: '---\ntitle: "a\\0b"\n---\nA fuse melts.' }]);
    expect((await get('nul')).body).toMatchObject({ title: 'ab' });
    await remove('nul');
  });

  it('derives an id from the content when none is given', async () => {
    const [first] = await service.ingest([{ text: 'Without a name.' }]);
    expect(first).toEqual({
      id: expect.stringMatching(/^doc_[0-9a-f]{24}$/),
      status: 'created',
      chunks: 1,
      embedding: 'ready',
    });
    expect(await service.ingest([{ text: 'Without a name.' }])).toEqual([{ ...first, status: 'unchanged' }]);
    await remove(first?.id ?? '');
  });

  it.each([
    ['markdown', '# Ducks\n\nDucks *quack* in the [pond](https://example.com).', 'Ducks'],
    ['text', 'Ducks quack in the pond. # 5 < 6', null],
    [
      'html',
      '<title>Ducks</title><style>p{}</style><p>Ducks <b>quack</b> in the pond.</p><script>evil()</script>',
      'Ducks',
    ],
  ])('stores %s as searchable text', async (format, text, title) => {
    await service.ingest([{ id: format, text, format }]);
    expect((await get(format)).body).toMatchObject({ format, text, title });
    const search = await service.request<{ results: { text: string }[] }>('POST', '/search', {
      query: 'ducks quack',
    });
    expect(search.body.results[0]?.text).toMatch(/Ducks \**quack\** in the/);
    expect(search.body.results[0]?.text).not.toContain('evil');
    await remove(format);
  });

  it('lists each document once, page by page', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `page/${String(index).padStart(2, '0')}`);
    await service.ingest(ids.map((id) => ({ id, text: `Text of ${id}.` })));
    const seen: string[] = [];
    let next: string | null = null;
    const sizes: number[] = [];
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const { status, body } = await service.request<List>('GET', `/documents?limit=10${cursor}`);
      expect(status).toBe(200);
      sizes.push(body.documents.length);
      seen.push(...body.documents.map(({ id }) => id));
      ({ next } = body);
    } while (next !== null);
    expect(seen).toEqual(ids);
    expect(sizes).toEqual([10, 10, 5]);
    const whole = await service.request<List>('GET', '/documents');
    expect(whole.body.documents.length).toBe(20);
    expect(whole.body.documents[0]).toEqual({
      id: 'page/00',
      title: null,
      url: null,
      format: 'markdown',
      metadata: {},
      chunks: 1,
      embedding: 'ready',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    for (const id of ids) await remove(id);
    expect((await service.request('GET', '/documents')).body).toEqual({ documents: [], next: null });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=%00', 'cursor=_____w', 'page=2'])(
    'refuses the list parameter %s',
    async (query) => {
      const { status, body } = await service.request('GET', `/documents?${query}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: 'invalid_request', details: [{ message: expect.any(String) }] });
    },
  );

  it.each(['unknown', 'a/b', 'x'.repeat(1_000), '\u0000'])('answers 404 for %j', async (id) => {
    const missing = {
      error: 'not_found',
      message: 'There is no such document.',
      request_id: expect.any(String),
    };
    for (const reply of [await get(id), await remove(id)]) {
      expect(reply.status).toBe(404);
      expect(reply.body).toEqual(missing);
    }
  });
});
