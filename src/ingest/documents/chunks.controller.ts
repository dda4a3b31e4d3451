import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { DatabaseOutageInterceptor } from '../../http/database-outage.interceptor.ts';
import { ChunkListing } from './chunk-listing.ts';
import { chunksSchema, type ChunkPage, type ChunksQuery } from './chunks.schema.ts';

/** `GET /chunks`: what a document was split into. The id stands in the query, as proxies decode slashes in a path. */
@Controller('chunks')
@UseInterceptors(DatabaseOutageInterceptor)
export class ChunksController {
  constructor(private readonly chunks: ChunkListing) {}

  @Get()
  list(
    @Query({ schema: chunksSchema }) query: ChunksQuery,
    @CallerSignal() signal: AbortSignal,
  ): Promise<ChunkPage> {
    return this.chunks.list(DEFAULT_TENANT, query, signal);
  }
}
