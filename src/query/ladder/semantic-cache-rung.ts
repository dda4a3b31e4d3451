import { Injectable } from '@nestjs/common';
import type { Answer } from '../answer/answer.ts';
import type { FallbackRequest } from './fallback-request.ts';
import type { Rung } from './rung.ts';
import { SemanticCache } from '../semantic-cache/semantic-cache.ts';

/** The answer to an earlier question that means nearly the same, labelled with that question. */
@Injectable()
export class SemanticCacheRung implements Rung {
  readonly source = 'semantic_cache';
  readonly isCache = true;

  constructor(private readonly cache: SemanticCache) {}

  async answer({ question, retrieval, signal }: FallbackRequest): Promise<Answer | undefined> {
    // Where the search has failed the database is out, and would be asked in vain.
    if (retrieval.mode === 'none' && retrieval.failure !== undefined) return undefined;
    const similar = await this.cache.find(question, retrieval.mode, signal);
    if (!similar) return undefined;
    const { answer, question: matched } = similar;
    const madeAt = answer.metadata.cached_at?.slice(0, 16).replace('T', ' ');
    const notice = `The assistant is temporarily unavailable. This answer was generated on ${madeAt} UTC for a similar question: “${matched}”`;
    return { ...answer, metadata: { ...answer.metadata, matched_question: matched, notice } };
  }
}
