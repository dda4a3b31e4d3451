import type { NewChunk } from '../../../src/postgres/corpus/chunk-diff.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { createEmbeddings } from './embeddings.ts';
import { startMigrated } from './servers.ts';

/** The embedding model of the vectors that `embed` stores, of four dimensions. */
export const MODEL = 'test-model';

/** The repositories of a database for one suite. */
export type TestCorpus = Awaited<ReturnType<typeof startCorpus>>;

/** A database with all tables on a server of its own until it is closed, with the repositories of documents and their search. */
export async function startCorpus(start: Parameters<typeof startMigrated>[0]) {
  const started = await startMigrated(start);
  const corpus = new CorpusRepository(started.database);
  const documents = new DocumentsRepository(started.database, corpus);
  const { embeddings, indexes } = createEmbeddings(started.database);
  const search = new SearchRepository(started.database);

  /** Stores for each chunk of the tenant without a vector the unit vector at the angle of its text, in degrees. */
  async function embed(tenantId: string, angle: (text: string) => number): Promise<void> {
    const model = await embeddings.registerModel(MODEL, 4);
    await indexes.whenBuilt();
    const page = { size: 10_000, after: '0' };
    const { pending } = await embeddings.pendingChunks(MODEL, { tenantId }, page);
    const vectors = pending.map(({ id, text }) => ({
      tenantId,
      chunkId: id,
      embedding: vectorAt(angle(text)),
    }));
    for (let from = 0; from < vectors.length; from += 500)
      await embeddings.save(model, vectors.slice(from, from + 500));
  }

  return { ...started, corpus, documents, embeddings, search, embed };
}

/** The chunks of a document with these texts, without headings. */
export function chunks(...texts: string[]): NewChunk[] {
  return texts.map((text, ordinal) => ({ ordinal, heading: null, text, tokens: 5, contentHash: text }));
}

/** A unit vector in the plane of the first two of four dimensions. */
export function vectorAt(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians), 0, 0];
}
