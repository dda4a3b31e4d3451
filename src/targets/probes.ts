import type { Generator } from './generation.ts';

const REQUEST = {
  question: 'ping',
  passages: [],
  messages: [{ role: 'user' as const, content: 'Say OK.' }],
};
/** Bounds the cost with a model that goes on although nobody listens; one that reasons first needs more than one. */
const MAX_TOKENS = 16;

/**
 * A sign of life from a model: its first chunk, also one that only reasons; the rest is not waited for.
 * @throws what the generator threw before it
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
    // Ended on purpose; a failure before that has been thrown by the race.
    await generating.catch(() => undefined);
  }
}
