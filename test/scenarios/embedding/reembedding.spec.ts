import { jest } from '@jest/globals';
import { Client } from 'pg';
import { FakeHuggingFace, type RecordedCall } from '../../support/fakes/fake-hugging-face.ts';
import { createNativeDatabase, SEARCH_PATH } from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { until } from '../../support/until.ts';

const LIMIT_MS = 180_000;
jest.setTimeout(LIMIT_MS);

const DOCUMENTS = 500;
/** Calls, of at most 32 texts, that the new model answers before it hangs: short of all. */
const CALLS = 12;

interface Health {
  details: { embedding: { status: string; reembedding?: Record<string, unknown> } };
}
interface Found {
  retrieval: string;
  results: { document_id: string; score: number }[];
}

/** The texts of chunks in calls, without those that the service makes up itself. */
const chunksOf = (calls: readonly RecordedCall[]) =>
  calls.flatMap(({ body }) => body['input'] as string[]).filter((text) => text.includes('Crate'));

const becomes = (what: string, isSo: () => Promise<boolean>) => until(what, isSo, LIMIT_MS);

describeWithPostgres('a change of the embedding model', () => {
  it('serves with the old model, survives a kill, and switches when every chunk has a vector of the new one', async () => {
    const old = await new FakeHuggingFace({ dimension: 64 }).start();
    const next = await new FakeHuggingFace({ dimension: 48 }).start();
    const { url, drop } = await createNativeDatabase();
    const target = (fake: FakeHuggingFace, model: string) => `${fake.url}?api=openai&model=${model}`;
    const shared = {
      DATABASE_URL: url,
      PROBE_INTERVAL_SECONDS: '0',
      EMBEDDING_TIMEOUT_MS: '60000',
      EMBEDDING_INGEST_TIMEOUT_MS: '60000',
    };
    const before = { ...shared, INSTANCE_NAME: 'lagging', EMBEDDING_TARGETS: target(old, 'old') };
    const after = {
      ...shared,
      INSTANCE_NAME: 'leading',
      EMBEDDING_TARGETS: target(next, 'new'),
      EMBEDDING_PREVIOUS_TARGETS: target(old, 'old'),
    };
    const watcher = new Client({ connectionString: url, options: SEARCH_PATH });
    let service = await ServiceProcess.start(before);
    let lagging: ServiceProcess | undefined;
    const embedding = async () => (await service.request<Health>('GET', '/health')).body.details.embedding;
    const search = async (query: string, by = service) =>
      (await by.request<Found>('POST', '/search', { query, mode: 'vector' })).body;
    const count = async (model: string) => {
      const { rows } = await watcher.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM chunk_embeddings e JOIN embedding_models m ON m.id = e.model_id
         WHERE m.name = $1`,
        [model],
      );
      return rows[0]?.n;
    };
    const documents = Array.from({ length: DOCUMENTS }, (_, number) => ({
      id: `d${number}`,
      text: `Crate${number} stands on shelf${number * 7}.`,
    }));
    const last = `Crate${DOCUMENTS - 1} stands on shelf${(DOCUMENTS - 1) * 7}`;
    try {
      await watcher.connect();
      await service.request('POST', '/documents', { documents });
      expect(await count('old')).toBe(DOCUMENTS);
      expect(await embedding()).toEqual({ status: 'up', targets: { embedding_api: 'closed' } });
      lagging = service;

      next.script('embed', [
        ...Array.from({ length: CALLS }, () => 'ok' as const),
        ...Array.from({ length: 8 }, () => ({ kind: 'black_hole' as const })),
      ]);
      service = await ServiceProcess.start(after);
      await next.received('embed', CALLS + 1);
      const done = new Set(chunksOf(next.recorded('embed').slice(0, CALLS))).size;
      expect(done).toBeGreaterThan(1);
      await becomes('the new model hangs', async () => (await embedding()).reembedding?.['done'] === done);
      expect(await embedding()).toEqual({
        status: 'up',
        targets: { embedding_api: 'closed', embedding_previous: 'closed' },
        reembedding: { from: 'old', to: 'new', done, total: DOCUMENTS },
      });
      // A document that the new model has no vector of yet is found by the old one, as before.
      expect(await count('new')).toBe(done);
      const found = await search(last);
      expect(found.retrieval).toBe('vector');
      expect(found.results[0]?.document_id).toBe(`d${DOCUMENTS - 1}`);
      expect(next.count('embed')).toBe(CALLS + 1);

      await service.kill();
      next.clearFaults();
      const calls = next.count('embed');
      service = await ServiceProcess.start(after);
      await becomes('every chunk has a new vector', async () => (await count('new')) === DOCUMENTS);
      const wishes = await watcher.query('SELECT instance, model FROM embedding_registrations ORDER BY 1');
      expect(wishes.rows).toEqual([
        { instance: 'lagging', model: 'old' },
        { instance: 'leading', model: 'new' },
      ]);
      // Only what was missing was embedded.
      expect(chunksOf(next.recorded('embed').slice(calls))).toHaveLength(DOCUMENTS - done);
      await becomes(
        'the progress is shown',
        async () => (await embedding()).reembedding?.['done'] === DOCUMENTS,
      );
      // An instance with the former configuration still runs: nobody switches, both search with the old vectors.
      const questions = next.count('embed');
      expect(await search(`${last} now`)).toEqual(await search(`${last} now`, lagging));
      expect(next.count('embed')).toBe(questions);
      await service.request('POST', '/documents', {
        documents: [{ id: 'late', text: 'Barrel lies beside anchor.' }],
      });
      expect([await count('old'), await count('new')]).toEqual([DOCUMENTS + 1, DOCUMENTS + 1]);

      await lagging.stop();
      await service.stop();
      service = await ServiceProcess.start(after);
      const serving =
        'SELECT FROM serving_model s JOIN embedding_models m ON m.id = s.model_id WHERE name = $1';
      await becomes(
        'the new model serves',
        async () => (await watcher.query(serving, ['new'])).rowCount === 1,
      );
      await becomes(
        'the change of models has ended',
        async () => (await embedding()).reembedding === undefined,
      );
      const asked = { old: old.count('embed'), next: next.count('embed') };
      expect((await search('Barrel lies beside anchor')).results[0]?.document_id).toBe('late');
      expect({ old: old.count('embed'), next: next.count('embed') }).toEqual({
        ...asked,
        next: asked.next + 1,
      });
      expect(await embedding()).toEqual({ status: 'up', targets: { embedding_api: 'closed' } });

      await watcher.query(`UPDATE serving_model SET switched_at = switched_at - interval '1 day'`);
      await service.stop();
      service = await ServiceProcess.start(after);
      await becomes(
        'the old model is dropped',
        async () => (await watcher.query('SELECT FROM embedding_models')).rowCount === 1,
      );
      expect([await count('old'), await count('new')]).toEqual([0, DOCUMENTS + 1]);
      expect((await search(last)).results[0]?.document_id).toBe(`d${DOCUMENTS - 1}`);
    } finally {
      await lagging?.stop();
      await service.stop();
      await watcher.end();
      await drop();
      await old.stop();
      await next.stop();
    }
  });
});
