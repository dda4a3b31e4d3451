import { Inject, Injectable } from '@nestjs/common';
import type { SearchScope } from '../../postgres/search/search.repository.ts';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { GuardRegistry } from '../../resilience/guard/guard-registry.ts';
import { serviceUnavailable } from '../../http/service-unavailable.ts';
import type { SearchMode } from '../answer/answer.ts';
import { PassageSearch } from '../retrieval/passage-search.ts';
import { ANSWER_DEADLINES, type AnswerDeadlines } from '../answer/answer-deadlines.ts';

const MESSAGE = 'The search is temporarily unavailable. Please try again shortly.';

/** Searches passages, for frontends, debugging and evaluation. */
@Injectable()
export class SearchService {
  constructor(
    private readonly passages: PassageSearch,
    private readonly guards: GuardRegistry,
    @Inject(ANSWER_DEADLINES) private readonly queryTime: AnswerDeadlines,
  ) {}

  /**
   * Searches passages. `hybrid` continues with one way of searching when the other is out, and says so.
   * @throws AppError `service_unavailable` when no requested way of searching is available
   */
  async search(question: string, scope: SearchScope, mode: SearchMode, caller: AbortSignal) {
    const deadline = startDeadline(this.queryTime.clock, this.queryTime.deadlineMs, caller);
    try {
      const found = await this.passages.search(question, scope, mode, {}, deadline.signal);
      if (found.failure !== undefined) throw serviceUnavailable(this.guards, found.failure, MESSAGE);
      const results = found.passages.map(({ document_id, chunk_id, title, heading, text, score }) => {
        return { document_id, chunk_id, title, heading, text, score };
      });
      return { retrieval: found.mode, results };
    } finally {
      deadline.clear();
    }
  }
}
