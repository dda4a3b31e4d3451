/**
 * Decodes token ids of cl100k_base, the vocabulary of OpenAI's embedding models. The vocabulary takes some 20 MB of memory
 * from the first call on.
 * @returns undefined when an id is not in the vocabulary
 */
export async function decodeTokens(ids: readonly number[]): Promise<string | undefined> {
  const { decode } = await import('gpt-tokenizer/encoding/cl100k_base');
  try {
    return decode(ids);
  } catch {
    return undefined;
  }
}
