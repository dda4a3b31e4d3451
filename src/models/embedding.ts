/** Turns texts into vectors of one length: a remote host or the in-process embedder. */
export interface Embedder {
  /** The name under which its vectors are stored. */
  readonly model: string;
  /**
   * Embeds texts, at most as many as MAX_TEXTS_PER_CALL.
   * @returns one finite vector per text, in their order
   * @throws the signal's reason once it has aborted; what the host answered or the network threw
   */
  embed(texts: string[], signal: AbortSignal): Promise<number[][]>;
}

/** How many texts one call may carry. text-embeddings-inference refuses more unless it is started with a higher limit. */
export const MAX_TEXTS_PER_CALL = 32;

/**
 * Whether a vector has a direction by which it can be compared. pgvector compares with four-byte numbers, so the sum
 * of the squares must neither overflow nor vanish.
 */
export function hasDirection(vector: readonly number[]): boolean {
  const squares = Math.fround(vector.reduce((sum, value) => sum + value * value, 0));
  return squares > 0 && Number.isFinite(squares);
}
