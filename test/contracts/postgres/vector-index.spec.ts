import { toSql } from 'pgvector';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { servers, startBefore } from '../../support/postgres/servers.ts';

/** The migration that makes the indexes in full precision again. */
const FULL_PRECISION = 16;
/** More than are compared one by one, as far as the statistics know. */
const PRETENDED_CHUNKS = 20_000;
const DIMENSION = 64;
/** Radians from the question. */
const NEAREST = 0.31;
const STEP = 2e-5;
const CHUNKS = 11;

for (const { name, describeOn, start } of servers) {
  describeOn(`the vector index on ${name} Postgres`, () => {
    it('is rebuilt in full precision when it was in half precision, and finds the nearest first', async () => {
      const { signal } = new AbortController();
      await using stack = new AsyncDisposableStack();
      const { database, migrate, close } = await startBefore(start, FULL_PRECISION);
      stack.defer(close);
      const [model] = await database.query<{ id: number; dimension: number }>(
        `INSERT INTO embedding_models (name, dimension) VALUES ('old', ${DIMENSION}) RETURNING id, dimension`,
      );
      if (!model) throw new Error('no model was registered');
      const index = `chunk_embeddings_model_${model.id}`;
      await database.runDdl(
        `CREATE INDEX ${index} ON chunk_embeddings
       USING hnsw ((embedding::halfvec(${DIMENSION})) halfvec_cosine_ops) WHERE model_id = ${model.id}`,
      );
      await database.query(
        `INSERT INTO documents (tenant_id, id, format, text, content_hash) VALUES ('t', 'd', 'text', '', '')`,
      );
      await database.query(
        `INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
       SELECT 't', 'd', n, n::text, 1, '' FROM generate_series(0, ${CHUNKS - 1}) AS n`,
      );
      // The order of finding is not the order of storing.
      const ranks = Array.from({ length: CHUNKS }, (_, ordinal) => (ordinal * 7) % CHUNKS);
      for (const [ordinal, rank] of ranks.entries())
        await database.query(
          `INSERT INTO chunk_embeddings (model_id, chunk_id, tenant_id, embedding)
         SELECT $1, id, 't', $2::vector FROM chunks WHERE ordinal = $3`,
          [model.id, toSql(vectorAt(NEAREST + rank * STEP)), ordinal],
        );
      await database.query(`INSERT INTO corpus_languages VALUES ('t', 'simple', ${PRETENDED_CHUNKS}, 1)`);

      await migrate();

      const [made] = await database.query<{ indexdef: string }>(
        'SELECT indexdef FROM pg_indexes WHERE indexname = $1',
        [index],
      );
      expect(made?.indexdef).toContain(`(embedding)::vector(${DIMENSION})) vector_cosine_ops`);
      const search = new SearchRepository(database);
      const scope = { tenantId: 't', filter: {}, limit: 3 };
      const found = await search.searchVector({ model, embedding: vectorAt(0) }, scope, signal);
      expect(found.map(({ text }) => ranks[Number(text)])).toEqual([0, 1, 2]);
      expect(found[0]?.score).toBeCloseTo(Math.cos(NEAREST), 6);
    });
  });
}

/** A vector of length 1 at that angle (radians) from the first axis. */
function vectorAt(angle: number): number[] {
  return [Math.cos(angle), Math.sin(angle), ...Array.from({ length: DIMENSION - 2 }, () => 0)];
}
