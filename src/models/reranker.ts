/** Scores how well texts answer a question: a cross-encoder, which reads question and text together. */
export interface Reranker {
  /**
   * @returns one finite score per text, in their order; a greater one is better
   * @throws the signal's reason once it has aborted; what the service answered or the network threw
   */
  score(question: string, texts: string[], signal: AbortSignal): Promise<number[]>;
}
