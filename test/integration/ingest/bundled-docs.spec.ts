import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { startService, type Service } from '../../support/service/service.ts';

interface List {
  documents: { id: string; metadata: Record<string, unknown> }[];
}

describe('the bundled documentation', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let service: Service;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
  });

  afterEach(() => service.close());

  afterAll(() => folder.remove());

  const start = async (env: Record<string, string | undefined>) => {
    service = await startService({ DATA_DIR: folder.path, ...env });
    return service;
  };
  const ids = async () =>
    (await service.request<List>('GET', '/documents')).body.documents.map(({ id }) => id);

  it('is not loaded when it is turned off or a database or model is configured', async () => {
    await start({ SEED_DOCS: 'false' });
    expect(await ids()).toEqual([]);
    await service.close();
    await start({ SEED_DOCS: undefined, GENERATION_TARGETS: 'local://extractive' });
    expect(await ids()).toEqual([]);
  });

  it('answers the first question, and is replaced by the first own document', async () => {
    await start({ SEED_DOCS: undefined });
    const loaded = await ids();
    expect(loaded).toContain('docs/answering.md');
    const { status, body } = await service.query('When is a cached answer fresh and when is it stale?');
    expect(status).toBe(200);
    expect(body.sources[0]?.document_id).toMatch(/^docs\//);
    expect(body.metadata).toMatchObject({ from_fallback: false, target: 'local_extractive' });

    // One of them is the same as a bundled one, which goes.
    const path = `/documents/${encodeURIComponent('docs/answering.md')}`;
    const { body: bundled } = await service.request<Record<string, unknown>>('GET', path);
    const { id, text, format, metadata } = bundled;
    const stored = await service.ingest([
      { id: 'own', text: 'Our own words about fresh and stale answers.' },
      { id, text, format, metadata },
    ]);
    expect(stored.map((document) => document.status)).toEqual(['created', 'created']);
    expect(await ids()).toEqual(['docs/answering.md', 'own']);
    expect((await service.request('DELETE', path)).status).toBe(204);
    expect(await ids()).toEqual(['own']);
    const own = await service.query('When is a cached answer fresh and when is it stale?');
    expect(own.body.sources.map((source) => source.document_id)).toEqual(['own']);
    expect(own.body.metadata.from_cache).toBe(false);
  });

  it('is not loaded into a database that holds documents', async () => {
    await start({ SEED_DOCS: undefined });
    expect(await ids()).toEqual(['own']);
  });
});
