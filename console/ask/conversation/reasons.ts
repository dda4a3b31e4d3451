import type { Metadata, Notice, Restart } from './answer-types.ts';

const REASONS: Readonly<Record<string, string>> = {
  circuit_breaker_open: 'the service behind it has been failing and is left alone for a while',
  generation_failed: 'the language model failed',
  generation_timeout: 'the language model took too long',
  rate_limited: 'the language model has had too many requests',
  content_refused: 'the language model declined this question',
  overloaded: 'too many questions are being answered at the moment',
};

const OUTCOMES: Readonly<Record<string, string>> = {
  failure: 'the first language model failed',
  timeout: 'the first language model took too long',
  throttled: 'the first language model has had too many requests',
  rejected: 'the first language model has been failing and is left alone for a while',
  ignored: 'the first language model declined the request',
  aborted: 'the first language model was slower',
};

const KINDS: Readonly<Record<string, string>> = {
  l1_cache: 'A stored answer to this question',
  semantic_cache: 'The answer to a similar question',
  curated_answers: 'A prepared answer',
  excerpts: 'Excerpts from the documents, not an answer',
};

/** What a degraded answer is; undefined for a rung that this page does not know. */
export function describeKind(source: string | null): string | undefined {
  return source === null ? undefined : KINDS[source];
}

/** Why an answer is degraded, as the part of a sentence behind “because”; undefined when that is not known. */
export function describeReason({ fallback_reason: reason, ...rest }: Notice | Metadata): string | undefined {
  if (reason !== null) return REASONS[reason.replace(/_no_cache$/, '')];
  const attempts = 'attempts' in rest ? rest.attempts : [];
  return OUTCOMES[attempts[0]?.outcome ?? ''];
}

/** Why the text shown so far makes place. */
export function describeRestart({ reason }: Restart): string {
  if (reason === 'model_answered') return 'The language model has answered after all. Its answer follows.';
  if (reason === 'text_revised') return 'The language model took its text back. The answer begins again.';
  if (reason === 'connection_lost') return 'The connection was lost, so the question was asked again.';
  return `The answer broke off because ${REASONS[reason] ?? 'the language model stopped'}. It begins again.`;
}
