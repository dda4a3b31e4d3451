import { Injectable } from '@nestjs/common';
import type { Answer } from '../answer/answer.ts';
import { sayReason, type FallbackRequest, type Rung } from './rung.ts';
import { SemanticCache } from '../semantic-cache/semantic-cache.ts';

/** The answer to an earlier question of the same wording or meaning, labelled with that question. */
@Injectable()
export class SemanticCacheRung implements Rung {
  readonly source = 'semantic_cache';
  readonly isCache = true;

  constructor(private readonly cache: SemanticCache) {}

  async answer(request: FallbackRequest): Promise<Answer | undefined> {
    const { question, retrieved, similar, signal } = request;
    // A failed search means that the database is out, and the lookup would fail too.
    if (retrieved.mode === 'none' && retrieved.failure !== undefined) return undefined;
    const lookup = similar ?? this.cache.startLookup(question, signal);
    const found = await lookup.find(retrieved, signal);
    if (!found) return undefined;
    const { cached_at, matched_question } = found.metadata;
    const madeAt = cached_at?.slice(0, 16).replace('T', ' ');
    const notice = `${sayReason(request.reason)}. This answer was generated on ${madeAt} UTC for a similar question: “${matched_question}”`;
    return { ...found, metadata: { ...found.metadata, notice } };
  }
}
