import { type Chunk, chunkDocument, type SourceDocument } from '../../../src/ingest/chunking/chunking.ts';

/** The chunks of a document without a title, of Markdown unless the format says otherwise. */
export function chunkText(
  text: string,
  options?: Parameters<typeof chunkDocument>[1],
  format: SourceDocument['format'] = 'markdown',
): Chunk[] {
  return [...chunkDocument({ title: null, text, format }, options)];
}
