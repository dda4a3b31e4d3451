import { describeWithEmbedder } from '../../support/scenarios/describe-scenario.ts';
import { until } from '../../support/until.ts';

const INGEST_TIMEOUT_MS = 15_000;
const MINUTE_MS = 60_000;
const RETRY_MS = 5_000;

interface SearchBody {
  retrieval: string;
  results: { document_id: string }[];
}

describeWithEmbedder('POST /documents and the embedding service', (scenario, embedder) => {
  const search = async (query: string, mode: string) =>
    (await scenario.service.request<SearchBody>('POST', '/search', { query, mode })).body;
  const embedding = async (id: string) =>
    (await scenario.service.request<{ embedding: string }>('GET', `/documents/${id}`)).body.embedding;

  it('embeds new documents at once with one call, and unchanged ones never again', async () => {
    const { service } = scenario;
    const calls = embedder.count('embed');
    const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `The ${id} lamp hangs in hall ${id}.` }));
    const created = await service.ingest(documents);
    expect(created).toEqual(
      documents.map(({ id }) => ({ id, status: 'created', chunks: 1, embedding: 'ready' })),
    );
    expect(embedder.count('embed')).toBe(calls + 1);
    const again = await service.ingest(documents);
    expect(again).toEqual(created.map((document) => ({ ...document, status: 'unchanged' })));
    expect(embedder.count('embed')).toBe(calls + 1);
  });

  it('stores documents without vectors during an outage, and embeds them when the service is back', async () => {
    const { service, clock, settled } = scenario;
    const documents = [{ id: 'violin', text: 'The violin lies in the attic under a blanket.' }];
    await embedder.stop();
    expect(await service.ingest(documents)).toEqual([
      { id: 'violin', status: 'created', chunks: 1, embedding: 'pending' },
    ]);
    expect((await search('Where is the violin?', 'lexical')).results[0]?.document_id).toBe('violin');
    expect(await service.ingest(documents)).toEqual([
      { id: 'violin', status: 'unchanged', chunks: 1, embedding: 'pending' },
    ]);

    await embedder.start();
    const calls = embedder.count('embed');
    await clock.advance(RETRY_MS);
    await until('the vectors are there', async () => (await embedding('violin')) === 'ready');
    expect(embedder.count('embed')).toBe(calls + 1);
    const found = await search('the violin lies in the attic', 'vector');
    expect(found).toMatchObject({ retrieval: 'vector' });
    expect(found.results[0]?.document_id).toBe('violin');
    await settled();
  });

  it('stores documents within the time limit while the service hangs, and delays no answer', async () => {
    const { service, clock, settled } = scenario;
    embedder.fail('embed', { kind: 'black_hole' }, { times: 1 });
    const calls = embedder.count('embed');
    const stored = service.ingest([{ id: 'harp', text: 'The harp stands in the cellar near the boiler.' }]);
    await embedder.received('embed', calls + 1);
    await until('the limit runs', () => clock.isDueIn(INGEST_TIMEOUT_MS));
    await clock.advance(INGEST_TIMEOUT_MS);
    expect(await stored).toMatchObject([{ id: 'harp', status: 'created' }]);
    await until('the vectors are there', async () => {
      await clock.advance(MINUTE_MS);
      return (await embedding('harp')) === 'ready';
    });
    await settled();
  });

  it('calls a dead service no more often than its circuit allows', async () => {
    const { service, clock } = scenario;
    embedder.fail('embed', { kind: 'status', status: 500 });
    await service.ingest([{ id: 'oboe', text: 'The oboe was sold to the museum in spring.' }]);
    await until('the circuit has opened', async () => {
      await clock.advance(RETRY_MS);
      return (await service.guard('embedding_ingest')).state === 'open';
    });
    const calls = embedder.count('embed');
    const { retry_after } = await service.guard('embedding_ingest');
    await clock.advance((Number(retry_after) - 1) * 1_000);
    expect(embedder.count('embed')).toBe(calls);
    embedder.clearFaults();
    await until('the vectors are there', async () => {
      await clock.advance(RETRY_MS);
      return (await embedding('oboe')) === 'ready';
    });
  });
});
