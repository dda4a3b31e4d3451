import type { SearchScope } from '../src/postgres/search/search.repository.ts';
import type { LargeCorpus } from './large-corpus.ts';

const DEPTH = 10;
/** Beyond the precision of vectors stored as four-byte numbers. */
const TIE = 1e-6;

/** The share of the ten nearest chunks that the vector search finds, 0 to 1; as near counts as the same. */
export async function measureRecall(
  corpus: LargeCorpus,
  vectors: number[][],
  scope: Omit<SearchScope, 'limit'>,
  signal: AbortSignal,
): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (const vector of vectors) {
    const exact = await nearest(corpus, vector, scope, signal);
    const least = exact.at(-1);
    if (least === undefined) continue;
    const near = { model: corpus.model, embedding: vector };
    const passages = await corpus.search.searchVector(near, { ...scope, limit: DEPTH }, signal);
    found += Math.min(exact.length, passages.filter(({ score }) => score >= least - TIE).length);
    wanted += exact.length;
  }
  return found / wanted;
}

/** The similarities of the nearest chunks, found without the index: its expression is another one. */
async function nearest(
  { database, model }: LargeCorpus,
  vector: number[],
  { tenantId, filter }: Omit<SearchScope, 'limit'>,
  signal: AbortSignal,
): Promise<number[]> {
  const rows = await database.query<{ score: number }>(
    `SELECT 1 - (e.embedding <=> $3::vector) AS score
     FROM chunk_embeddings e JOIN chunks c ON c.id = e.chunk_id
       JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
     WHERE e.model_id = $1 AND e.tenant_id = $2 AND d.metadata @> $4::jsonb
     ORDER BY e.embedding <=> $3::vector LIMIT ${DEPTH}`,
    [model.id, tenantId, JSON.stringify(vector), JSON.stringify(filter)],
    { signal },
  );
  return rows.map(({ score }) => score);
}
