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
  const heard = new AbortController();
  const spoke = Promise.withResolvers<void>();
  const generating = generator.generate(REQUEST, {
    signal: AbortSignal.any([signal, heard.signal]),
    maxTokens: MAX_TOKENS,
    onActivity: () => spoke.resolve(),
  });
  try {
    await Promise.race([spoke.promise, generating]);
  } finally {
    heard.abort();
    await generating.catch(() => undefined);
  }
}
