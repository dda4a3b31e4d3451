import type { GenerationAttempt } from '../../../src/models/generation.ts';

/**
 * The whole metadata of an answer: of a healthy one, with what differs in `more`. Its fields are written down a second
 * time on purpose: a field that the service drops or adds by mistake must fail the tests.
 */
export function metadata(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    from_fallback: false,
    fallback_source: null,
    fallback_reason: null,
    from_cache: false,
    cached_at: null,
    stale: false,
    retrieval: 'hybrid',
    reranked: null,
    chunks_retrieved: expect.any(Number),
    chunks_used: expect.any(Number),
    excerpts_returned: 0,
    no_context: false,
    matched_question: null,
    target: 'huggingface_api',
    model: 'fake-chat',
    finish_reason: 'stop',
    notice: null,
    attempts: [attempt('success')],
    condensed: null,
    deferred: null,
    drill: null,
    request_id: expect.any(String),
    duration_ms: expect.any(Number),
    ...more,
  };
}

/** The whole metadata of the answer that no document matches. */
export function noContext(): Record<string, unknown> {
  return metadata({
    chunks_retrieved: 0,
    chunks_used: 0,
    no_context: true,
    target: null,
    model: null,
    finish_reason: null,
    attempts: [],
  });
}

/** The whole metadata of an answer made of excerpts. */
export function excerpts(reason: string, attempts: unknown[]): Record<string, unknown> {
  return metadata({
    from_fallback: true,
    fallback_source: 'excerpts',
    fallback_reason: reason,
    excerpts_returned: expect.any(Number),
    target: null,
    model: null,
    finish_reason: null,
    notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
    attempts,
  });
}

/** How one target's turn ended; on a fake clock it took exactly `durationMs`. */
export function attempt(
  outcome: GenerationAttempt['outcome'],
  target = 'huggingface_api',
  durationMs = 0,
): GenerationAttempt {
  return { target, outcome, duration_ms: durationMs };
}

/** What every guard shows to monitoring: a healthy one's, with what differs in `more`; what it counts is left out. */
export function guard(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return expect.objectContaining({
    name,
    state: 'closed',
    fail_count: 0,
    last_failure_time: null,
    is_healthy: true,
    enabled: true,
    mode: 'auto',
    retry_after: null,
    ...more,
  });
}
