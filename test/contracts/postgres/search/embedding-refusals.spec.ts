import type { Database } from '../../../../src/postgres/connection/database.ts';
import type { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import { EmbeddingRefusalsRepository } from '../../../../src/postgres/search/embedding-refusals.repository.ts';
import type {
  EmbeddingsRepository,
  PendingChunk,
} from '../../../../src/postgres/search/embeddings.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, MODEL, startCorpus } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const CAUSE = { name: 'UpstreamError', http_status: 500 };

for (const { name, describeOn, start } of servers) {
  describeOn(`the refused chunks on ${name} Postgres`, () => {
    let database: Database;
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let refusals: EmbeddingRefusalsRepository;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, documents, embeddings, close } = await startCorpus(start));
      refusals = new EmbeddingRefusalsRepository(database);
    });

    afterEach(() => database.query('DELETE FROM documents'));

    afterAll(() => close());

    const pending = async (tenantId: string) =>
      (await embeddings.pendingChunks(MODEL, { tenantId }, { size: 100, after: '0' })).pending;
    const store = async (tenant: string): Promise<[PendingChunk, PendingChunk]> => {
      await documents.save(tenant, createDocument('a'), chunks('good', 'bad'));
      const [good, bad] = await pending(tenant);
      if (!good || !bad) throw new Error('the chunks are missing');
      return [good, bad];
    };
    const due = async (nowMs: number) => (await refusals.due(MODEL, nowMs, 10)).map(({ text }) => text);
    const refuse = (chunk: PendingChunk, nowMs: number, model = MODEL) =>
      refusals.record(model, chunk, { cause: CAUSE, nowMs });

    it('are tried again after pauses that double from a minute to six hours', async () => {
      const [, bad] = await store('pauses');
      let nowMs = NOW;
      const pauses: number[] = [];
      for (let attempt = 1; attempt <= 12; attempt++) {
        expect(await refuse(bad, nowMs)).toBe(attempt);
        const [shown] = await refusals.ofDocument('pauses', MODEL, 'a');
        const at = Date.parse(shown?.retry_at ?? '');
        pauses.push((at - nowMs) / MINUTE_MS);
        expect(await due(at - 1)).toEqual([]);
        expect(await due(at)).toEqual(['bad']);
        nowMs = at;
      }
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    });

    it('are no pending chunks of their model, and are counted apart', async () => {
      const [good, bad] = await store('apart');
      await refuse(bad, NOW);
      await refuse(good, NOW, 'other');
      expect(await pending('apart')).toEqual([good]);
      expect(await embeddings.countMissing(MODEL, '0', 10)).toEqual({ waiting: 1, refused: 1 });
      expect(await embeddings.countMissing(MODEL, bad.id, 10)).toEqual({ waiting: 0, refused: 1 });
      expect(await refusals.ofDocument('apart', MODEL, 'a')).toEqual([
        {
          chunk_id: bad.id,
          ordinal: 1,
          heading: null,
          cause: CAUSE,
          attempts: 1,
          refused_at: new Date(NOW).toISOString(),
          retry_at: new Date(NOW + MINUTE_MS).toISOString(),
        },
      ]);
      expect(await refusals.ofDocument('nobody', MODEL, 'a')).toEqual([]);
    });

    it('are forgotten once they have a vector, or were deleted', async () => {
      const [good, bad] = await store('forgotten');
      await refuse(bad, NOW);
      await refuse(good, NOW);
      const model = await embeddings.registerModel(MODEL, 2);
      await embeddings.save(model, [{ tenantId: 'forgotten', chunkId: bad.id, embedding: [1, 0] }]);
      expect(await due(NOW + MINUTE_MS)).toEqual(['good']);
      await documents.delete('forgotten', 'a');
      expect(await due(NOW + MINUTE_MS)).toEqual([]);
      expect(await refuse(good, NOW)).toBe(0);
    });
  });
}
