import { Controller, Get, Headers, Param, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { DatabaseOutageInterceptor } from '../../http/database-outage.interceptor.ts';
import { weighType } from '../../http/weigh-type.ts';
import { PAGE_HEADERS, toPage } from './passage-page.ts';
import { Passages } from './passages.ts';

/** `GET /passages/:chunk_id`: a cited passage in its surroundings, as a page or as JSON. */
@Controller('passages')
@UseInterceptors(DatabaseOutageInterceptor)
export class PassagesController {
  constructor(private readonly passages: Passages) {}

  @Get(':chunk_id')
  async get(
    @Param('chunk_id') chunkId: string,
    @Headers('accept') accept: string | undefined,
    @CallerSignal() signal: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const passage = await this.passages.find(DEFAULT_TENANT, chunkId, signal);
    // A document may be deleted at any moment.
    void reply.headers({ Vary: 'Accept', 'Cache-Control': 'no-store' });
    if (weighType(accept, 'application/json') > weighType(accept, 'text/html')) return passage;
    void reply.headers(PAGE_HEADERS);
    return toPage(passage);
  }
}
