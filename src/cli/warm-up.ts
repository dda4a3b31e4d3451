import { z } from 'zod';
import type { ServiceClient } from './service-client.ts';
import { ServiceCallError } from './service-failure.ts';

const LIMITS = { limitMs: 120_000, maxTries: 5, isLong: true };
const answerSchema = z.object({
  metadata: z.object({
    from_fallback: z.boolean(),
    fallback_reason: z.string().nullish(),
    from_cache: z.boolean(),
    no_context: z.boolean(),
  }),
});
type Answer = z.infer<typeof answerSchema>;

/** The numbers of questions by result. */
export interface WarmSummary {
  answered: number;
  /** Answered from the cache. */
  known: number;
  /** No document matches, so nothing is stored. */
  unmatched: number;
  /** A degraded answer, an answer that is not stored, or none. */
  failed: number;
}

/** How many questions are asked at once, and the listeners of the progress. */
export interface WarmOptions {
  concurrency: number;
  /** Called after each question. */
  advance: () => void;
  onFailure: (question: string, reason: string) => void;
}

/** Parses a file of questions, one per line. Duplicates and lines that start with `#` are dropped. */
export function parseQuestions(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}

/**
 * Asks a running service every question, so that it stores the answers. Waits and retries while the service is
 * unavailable, at most 5 times in all.
 * @throws ServiceCallError when the service cannot be reached, or something else answers in its place
 */
export async function warmUp(
  questions: string[],
  service: ServiceClient,
  { concurrency, advance, onFailure }: WarmOptions,
): Promise<WarmSummary> {
  const summary: WarmSummary = { answered: 0, known: 0, unmatched: 0, failed: 0 };
  const waiting = questions.values();
  const work = async () => {
    // All workers share one iterator.
    for (const question of waiting) {
      const { outcome, reason } = await ask(question, service);
      summary[outcome]++;
      if (reason !== undefined) onFailure(question, reason);
      advance();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return summary;
}

/** The result of one question, and why it failed. */
interface Asked {
  outcome: keyof WarmSummary;
  reason?: string;
}

async function ask(query: string, service: ServiceClient): Promise<Asked> {
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await service.callJson<Answer>(
      '/query',
      { method: 'POST', headers, body },
      LIMITS,
      answerSchema,
    );
    return judge(answer.body, answer.headers.get('cache-status') ?? '');
  } catch (error) {
    if (!(error instanceof ServiceCallError) || error.reasons.length === 0) throw error;
    return { outcome: 'failed', reason: error.message };
  }
}

function judge({ metadata }: Answer, cacheStatus: string): Asked {
  if (metadata.from_fallback)
    return { outcome: 'failed', reason: `no model answered (${metadata.fallback_reason})` };
  if (metadata.no_context) return { outcome: 'unmatched' };
  if (metadata.from_cache) return { outcome: 'known' };
  if (/;\s*stored\b/.test(cacheStatus)) return { outcome: 'answered' };
  return {
    outcome: 'failed',
    reason: 'answered, but not remembered: something it needs is out, or the cache keeps nothing',
  };
}
