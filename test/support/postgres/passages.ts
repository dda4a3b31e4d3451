import type { Passage } from '../../../src/postgres/search/search.repository.ts';

/** A passage with what a test does not care about filled in. */
export function passage(chunkId: string, more: Partial<Passage> = {}): Passage {
  return {
    document_id: `document-${chunkId}`,
    chunk_id: chunkId,
    ordinal: 0,
    title: null,
    url: null,
    heading: null,
    text: `text of ${chunkId}`,
    tokens: 10,
    score: 0.5,
    ...more,
  };
}
