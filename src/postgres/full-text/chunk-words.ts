import { toSearchableText, toSearchWords } from './searchable-text.ts';

/** A chunk to make findable. `heading` is its path of headings, `A > B`. */
export interface ChunkToIndex {
  id: string;
  title: string | null;
  heading: string | null;
  text: string;
}

/** A chunk's words as they are counted, with a space between two. */
export interface ChunkWords {
  all: string;
  /** The words that name the chunk, in the form of a question's: of its last heading, or of the title without one. */
  heading: string;
}

/** Reads the words of a chunk. The last heading counts twice: it says what the text below it is about. */
export function readChunkWords({ title, heading, text }: ChunkToIndex): ChunkWords {
  const last = heading?.split(' > ').at(-1) ?? null;
  const all = [title, heading, last, text].filter((part) => part !== null).join('\n');
  return { all: toSearchableText(all), heading: toSearchWords(last ?? title ?? '') };
}
