import { setTimeout as sleep } from 'node:timers/promises';

const CALL_LIMIT_MS = 120_000;
const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 60;

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
 * @throws Error when the service cannot be reached
 */
export async function warmUp(
  questions: string[],
  url: string,
  { concurrency, advance, onFailure }: WarmOptions,
): Promise<WarmSummary> {
  const summary: WarmSummary = { answered: 0, known: 0, unmatched: 0, failed: 0 };
  const waiting = questions.values();
  const work = async () => {
    // All workers share one iterator.
    for (const question of waiting) {
      const { outcome, reason } = await ask(question, url);
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

async function ask(query: string, url: string): Promise<Asked> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    });
    if (response.ok) return judge(await response.json(), response.headers.get('cache-status') ?? '');
    if (response.status !== 503 || attempt === MAX_TRIES)
      return { outcome: 'failed', reason: `${response.status} ${await messageOf(response)}` };
    await response.body?.cancel();
    const seconds = Number(response.headers.get('retry-after') ?? 1);
    await sleep(Math.min(seconds || 1, MAX_WAIT_SECONDS) * 1_000);
  }
}

/** The message of an error response of failsoft; empty for any other body. */
async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { message?: string } | null;
  return body?.message ?? '';
}

function judge(body: unknown, cacheStatus: string): Asked {
  const { metadata } = body as {
    metadata: { from_fallback: boolean; fallback_reason: string; from_cache: boolean; no_context: boolean };
  };
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
