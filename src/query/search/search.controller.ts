import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { searchSchema, type SearchBody, type SearchResponse } from '../query.schema.ts';
import { SearchService } from './search.service.ts';

/** `POST /search`: retrieval without generation, for frontends, debugging and evaluation. */
@Controller('search')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @Post()
  @HttpCode(200)
  async search(
    @Body({ schema: searchSchema }) body: SearchBody,
    @CallerSignal() caller: AbortSignal,
  ): Promise<SearchResponse> {
    const found = await this.searches.search(body, caller);
    const results = found.passages.map(({ document_id, chunk_id, title, heading, text, score }) => {
      return { document_id, chunk_id, title, heading, text, score };
    });
    return { retrieval: found.mode, results };
  }
}
