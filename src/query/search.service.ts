import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.ts';
import type { SearchScope } from '../postgres/search.repository.ts';
import { startDeadline } from '../resilience/abort.ts';
import { GuardRejectedError } from '../resilience/errors.ts';
import { PassageSearch } from './passage-search.ts';
import { QUERY_TIME, type QueryTime } from './query-time.ts';

/** Retrieval on its own, for frontends, debugging and evaluation. */
@Injectable()
export class SearchService {
  constructor(
    private readonly passages: PassageSearch,
    @Inject(QUERY_TIME) private readonly queryTime: QueryTime,
  ) {}

  /**
   * Searches; `hybrid` goes on with one way of searching when the other is out, and says so.
   * @throws AppError `service_unavailable` when no wanted way of searching is available
   */
  async search(
    question: string,
    scope: SearchScope,
    mode: 'hybrid' | 'vector' | 'lexical',
    caller: AbortSignal,
  ) {
    const deadline = startDeadline(this.queryTime.clock, this.queryTime.deadlineMs, caller);
    try {
      const found = await this.passages.search(question, scope, mode, {}, deadline.signal);
      if (found.failure !== undefined) throw unavailable(found.failure);
      const results = found.passages.map(({ document_id, chunk_id, title, heading, text, score }) => {
        return { document_id, chunk_id, title, heading, text, score };
      });
      return { retrieval: found.mode, results };
    } finally {
      deadline.clear();
    }
  }
}

function unavailable(failure: unknown): AppError {
  const waitMs = failure instanceof GuardRejectedError ? failure.retryAfterMs : 0;
  return new AppError('service_unavailable', {
    message: 'The search is temporarily unavailable. Please try again shortly.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    cause: failure,
  });
}
