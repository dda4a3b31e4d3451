import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { CallerSignal } from '../../http/caller-signal.ts';
import { searchSchema, type SearchBody } from '../query.schema.ts';
import { SearchService } from './search.service.ts';

/** `POST /search`: retrieval without generation. */
@Controller('search')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @Post()
  @HttpCode(200)
  search(@Body({ schema: searchSchema }) body: SearchBody, @CallerSignal() caller: AbortSignal) {
    const { query, top_k: limit, filter, mode } = body;
    return this.searches.search(query, { tenantId: DEFAULT_TENANT, filter, limit }, mode, caller);
  }
}
