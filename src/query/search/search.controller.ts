import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { AppError } from '../../http/app-error.ts';
import { CallerSignal } from '../../http/caller-signal.ts';
import { serviceUnavailable } from '../../http/service-unavailable.ts';
import { GuardRegistry } from '../../resilience/guard/guard-registry.ts';
import { BulkheadFullError } from '../../resilience/limits/bulkhead.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { searchSchema, type SearchBody } from '../query.schema.ts';
import { PassageSearch } from '../retrieval/passage-search.ts';

const MESSAGE = 'The search is temporarily unavailable. Please try again shortly.';

/** `POST /search`: retrieval without generation, for frontends, debugging and evaluation. */
@Controller('search')
export class SearchController {
  constructor(
    private readonly passages: PassageSearch,
    private readonly guards: GuardRegistry,
    private readonly deadlines: AnswerDeadlines,
  ) {}

  /**
   * `hybrid` continues with one way of searching when the other is out, and says so.
   * @throws AppError `service_unavailable` when no requested way of searching is available, `overloaded` when too many searches run
   */
  @Post()
  @HttpCode(200)
  async search(@Body({ schema: searchSchema }) body: SearchBody, @CallerSignal() caller: AbortSignal) {
    const { query, top_k: limit, filter, mode } = body;
    const scope = { tenantId: DEFAULT_TENANT, filter, limit };
    using deadline = this.deadlines.start(caller);
    const found = await this.passages.search(query, scope, mode, {}, deadline.signal);
    if (found.failure instanceof BulkheadFullError)
      throw new AppError('overloaded', { retryAfterSeconds: 1 });
    if (found.failure !== undefined) throw serviceUnavailable(this.guards, found.failure, MESSAGE);
    const results = found.passages.map(({ document_id, chunk_id, title, heading, text, score }) => {
      return { document_id, chunk_id, title, heading, text, score };
    });
    return { retrieval: found.mode, results };
  }
}
