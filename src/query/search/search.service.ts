import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { AppError } from '../../http/app-error.ts';
import { serviceUnavailable } from '../../http/service-unavailable.ts';
import { GuardRegistry } from '../../resilience/guard/guard-registry.ts';
import { BulkheadFullError } from '../../resilience/limits/bulkhead.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import type { SearchBody } from '../query.schema.ts';
import { PassageSearch, type SearchResult } from '../retrieval/passage-search.ts';

const MESSAGE = 'The search is temporarily unavailable. Please try again shortly.';

/** Retrieval without generation. */
@Injectable()
export class SearchService {
  constructor(
    private readonly passages: PassageSearch,
    private readonly guards: GuardRegistry,
    private readonly deadlines: AnswerDeadlines,
  ) {}

  /**
   * Searches within the deadline of a question. `hybrid` continues with one way of searching when the other is out, and says so.
   * @throws AppError `service_unavailable` when no requested way of searching is available, `overloaded` when too many searches run
   */
  async search(
    { query, top_k: limit, filter, mode }: SearchBody,
    caller: AbortSignal,
  ): Promise<SearchResult> {
    const scope = { tenantId: DEFAULT_TENANT, filter, limit };
    using deadline = this.deadlines.start(caller);
    const found = await this.passages.search(query, scope, mode, {}, deadline.signal);
    if (found.failure instanceof BulkheadFullError)
      throw new AppError('overloaded', { retryAfterSeconds: 1 });
    if (found.failure !== undefined) throw serviceUnavailable(this.guards, found.failure, MESSAGE);
    return found;
  }
}
