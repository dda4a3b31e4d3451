import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

interface List {
  documents: { id: string }[];
  next: string | null;
}

interface Chunks {
  document: { chunks: number; embedded: number };
  chunks: { ordinal: number; embedding: string; text: string }[];
  next: string | null;
}

describe('the lists of documents and chunks', () => {
  let service: Service;
  let fake: FakeHuggingFace;

  beforeAll(async () => {
    fake = await new FakeHuggingFace().start();
    service = await startService({ EMBEDDING_TARGETS: `${fake.url}/v1?api=openai&model=fake-embed` });
  });
  afterAll(async () => {
    await service.close();
    await fake.stop();
  });

  const list = async (query: Record<string, string>) => {
    const reply = await service.request<List>('GET', `/documents?${new URLSearchParams(query)}`);
    return { ids: reply.body.documents.map(({ id }) => id), next: reply.body.next };
  };
  const chunksOf = (query: Record<string, string>) =>
    service.request<Chunks>('GET', `/chunks?${new URLSearchParams(query)}`);

  it('finds documents by parts of their id and title, in any case and order, page by page', async () => {
    await service.ingest([
      { id: 'house/fuses.md', title: 'Über Sicherungen', text: 'A fuse.' },
      { id: 'house/100%_sure.md', title: 'Wiring', text: 'A wire.' },
      { id: 'garden/roses.md', title: 'Roses of the house', text: 'A rose.' },
    ]);
    expect((await list({ search: 'HOUSE' })).ids).toEqual([
      'garden/roses.md',
      'house/100%_sure.md',
      'house/fuses.md',
    ]);
    expect((await list({ search: ' house  rose ' })).ids).toEqual(['garden/roses.md']);
    expect((await list({ search: 'über' })).ids).toEqual(['house/fuses.md']);
    // Signs of patterns stand for themselves.
    expect((await list({ search: '0%_' })).ids).toEqual(['house/100%_sure.md']);
    expect((await list({ search: 'h%s' })).ids).toEqual([]);
    const first = await list({ search: 'house', limit: '2' });
    expect(first.ids).toHaveLength(2);
    expect(await list({ search: 'house', limit: '2', cursor: first.next ?? '' })).toEqual({
      ids: ['house/fuses.md'],
      next: null,
    });
  });

  it.each(['', '   ', 'x'.repeat(201), 'a\0b'])('refuses the search %j', async (search) => {
    const { status } = await service.request('GET', `/documents?${new URLSearchParams({ search })}`);
    expect(status).toBe(400);
  });

  it('shows what a document was split into, and what is embedded of it', async () => {
    const text = '# Start\n\nTurn the key.\n\n# Stop\n\nTurn it back.\n\n# Park\n\nLeave.';
    await service.ingest([
      { id: 'a/guide', title: 'Guide', text, url: 'https://a.example/', metadata: { n: 1 } },
    ]);
    const { status, body } = await chunksOf({ document_id: 'a/guide', limit: '2' });
    expect(status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const chunk = {
      chunk_id: expect.stringMatching(/^\d+$/),
      tokens: expect.any(Number),
      embedding: 'ready',
    };
    expect(body).toEqual({
      document: {
        id: 'a/guide',
        title: 'Guide',
        url: 'https://a.example/',
        format: 'markdown',
        metadata: { n: 1 },
        created_at: time,
        updated_at: time,
        chunks: 3,
        embedded: 3,
      },
      chunks: [
        { ...chunk, ordinal: 0, heading: 'Start', text: 'Turn the key.' },
        { ...chunk, ordinal: 1, heading: 'Stop', text: 'Turn it back.' },
      ],
      next: '1',
    });
    const rest = await chunksOf({ document_id: 'a/guide', limit: '2', cursor: '1' });
    expect(rest.body).toMatchObject({ chunks: [{ ordinal: 2, text: 'Leave.' }], next: null });
  });

  it('says which chunk waits for its vector, and which the model refused and why', async () => {
    const fault = { kind: 'status' as const, status: 422 };
    fake.fail('embed', { ...fault, unless: (body) => !JSON.stringify(body).includes('unspeakable') });
    await service.ingest([{ id: 'bad', text: '# A\n\nFine words.\n\n# B\n\nunspeakable' }]);
    await until(
      'the chunk is refused',
      async () => (await chunksOf({ document_id: 'bad' })).body.chunks[1]?.embedding === 'refused',
    );
    fake.clearFaults('embed');
    const { body } = await chunksOf({ document_id: 'bad' });
    expect(body).toMatchObject({
      document: { chunks: 2, embedded: 1 },
      chunks: [
        { text: 'Fine words.', embedding: 'ready' },
        { text: 'unspeakable', embedding: 'refused', refusal: { cause: { http_status: 422 }, attempts: 1 } },
      ],
    });
    const refused = await chunksOf({ document_id: 'bad', embedding: 'refused' });
    expect(refused.body.chunks).toEqual(body.chunks.slice(1));
    expect((await chunksOf({ document_id: 'bad', embedding: 'pending' })).body.chunks).toEqual([]);
    await fake.stop();
    await service.ingest([{ id: 'waiting', text: 'Later.' }]);
    expect((await chunksOf({ document_id: 'waiting' })).body).toMatchObject({
      document: { chunks: 1, embedded: 0 },
      chunks: [{ embedding: 'pending' }],
    });
  });

  it.each<[Record<string, string>, number]>([
    [{}, 400],
    [{ document_id: '' }, 400],
    [{ document_id: 'a/guide', limit: '0' }, 400],
    [{ document_id: 'a/guide', cursor: '-1' }, 400],
    [{ document_id: 'a/guide', cursor: '9999999999' }, 400],
    [{ document_id: 'a/guide', embedding: 'done' }, 400],
    [{ document_id: 'a/guide', more: '1' }, 400],
    [{ document_id: 'nobody' }, 404],
    [{ document_id: 'a\0b' }, 404],
    [{ document_id: 'x'.repeat(2_000) }, 404],
  ])('answers %j with %i', async (query, status) => {
    expect((await chunksOf(query)).status).toBe(status);
  });
});
