import type { Generator } from '../models/generation.ts';

const REQUEST = {
  question: 'ping',
  passages: [],
  messages: [{ role: 'user' as const, content: 'Say OK.' }],
};
/** Limits the cost of a probe. Lowering it to one would fail models that reason before they answer. */
const MAX_TOKENS = 16;

/**
 * Resolves at the first chunk of a model, including reasoning. The rest of the answer is not awaited.
 * @throws what the generator throws before the first chunk
 */
export async function probeGenerator(generator: Generator, signal: AbortSignal): Promise<void> {
  const answered = new AbortController();
  const firstChunk = Promise.withResolvers<void>();
  const generating = generator.generate(REQUEST, {
    signal: AbortSignal.any([signal, answered.signal]),
    maxTokens: MAX_TOKENS,
    onToken: () => firstChunk.resolve(),
    onActivity: () => firstChunk.resolve(),
  });
  try {
    await Promise.race([firstChunk.promise, generating]);
  } finally {
    answered.abort();
    await generating.catch(() => undefined);
  }
}
