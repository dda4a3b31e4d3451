/** A chunk to store. `contentHash` covers what is embedded and searched. */
export interface NewChunk {
  ordinal: number;
  heading: string | null;
  text: string;
  tokens: number;
  contentHash: string;
}

/** The difference between a document's stored and new chunks. */
export interface ChunkDiff {
  keep: { id: string; ordinal: number }[];
  remove: string[];
  insert: NewChunk[];
}

/** Matches stored chunks with new ones by content, each stored chunk at most once. Pure. */
export function diffChunks(stored: { id: string; content_hash: string }[], chunks: NewChunk[]): ChunkDiff {
  const idsByHash = Map.groupBy(stored, (chunk) => chunk.content_hash);
  const plan: ChunkDiff = { keep: [], remove: [], insert: [] };
  for (const chunk of chunks) {
    const match = idsByHash.get(chunk.contentHash)?.shift();
    if (match) plan.keep.push({ id: match.id, ordinal: chunk.ordinal });
    else plan.insert.push(chunk);
  }
  plan.remove = [...idsByHash.values()].flat().map((chunk) => chunk.id);
  return plan;
}

/** Cuts a plan into parts of at most `most` chunks to remove and to insert; the last one has those to keep. Pure. */
export function slicesOf({ keep, remove, insert }: ChunkDiff, most: number): ChunkDiff[] {
  const count = Math.max(1, Math.ceil((remove.length + insert.length) / most));
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * most, (index + 1) * most];
    return {
      keep: index === count - 1 ? keep : [],
      remove: remove.slice(from, to),
      insert: insert.slice(Math.max(0, from - remove.length), Math.max(0, to - remove.length)),
    };
  });
}
