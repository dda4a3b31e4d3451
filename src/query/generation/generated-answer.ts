import type { GenerationResult } from '../../targets/generation/failover.ts';
import { plainMetadata, type Answer } from '../answer/answer.ts';
import { removeUnknownCitations } from './citations.ts';
import { toSources } from './sources.ts';
import type { FittedPrompt } from './prompt-fitting.ts';
import type { SearchResult } from '../retrieval/passage-search.ts';
import type { Question } from '../answer/question.ts';

/** The answer that a target generated from the passages. */
export function toAnswer(
  generated: Extract<GenerationResult<FittedPrompt>, { ok: true }>,
  question: Question,
  retrieval: SearchResult,
): Answer {
  const { context } = generated.request;
  return {
    answer: removeUnknownCitations(generated.text, context.length).trim(),
    sources: toSources(question.text, context),
    metadata: {
      ...plainMetadata,
      retrieval: retrieval.mode,
      chunks_retrieved: retrieval.passages.length,
      chunks_used: context.length,
      target: generated.target,
      model: generated.model,
      notice: noticeOf(generated.isBackup, retrieval),
      attempts: generated.attempts,
    },
  };
}

/** The answer to a question that no document matches. */
export function noMatchAnswer(retrieval: SearchResult): Answer {
  return {
    answer: 'I could not find anything about this in the documents.',
    sources: [],
    metadata: {
      ...plainMetadata,
      retrieval: retrieval.mode,
      no_context: true,
      notice: noticeOf(false, retrieval),
    },
  };
}

function noticeOf(isBackup: boolean, retrieval: SearchResult): string | null {
  const notices = [
    isBackup ? 'The primary model is unavailable; a backup model answered.' : '',
    retrieval.degraded ? 'Search is partly unavailable; relevant documents may be missing.' : '',
  ].filter(Boolean);
  return notices.length > 0 ? notices.join(' ') : null;
}
