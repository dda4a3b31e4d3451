import type { Embedder } from './embedding-targets.ts';
import type { Generator } from './generation.ts';

const QUESTION = {
  question: 'ping',
  passages: [],
  messages: [{ role: 'user' as const, content: 'Say OK.' }],
};

/** A sign of life from a model: its first chunk, also one that only reasons; the rest is not waited for. */
export async function probeGenerator(generator: Generator, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  const spoke = Promise.withResolvers<void>();
  const generating = generator.generate(QUESTION, {
    signal: AbortSignal.any([signal, heard.signal]),
    onActivity: () => spoke.resolve(),
  });
  try {
    await Promise.race([spoke.promise, generating]);
  } finally {
    heard.abort();
    await generating.catch(() => undefined);
  }
}

/** A sign of life from an embedding host: the vector of one word. */
export async function probeEmbedder(embedder: Embedder, signal: AbortSignal): Promise<void> {
  await embedder.embed(['ping'], signal);
}
