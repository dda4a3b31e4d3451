import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { DatabaseOutageInterceptor } from '../../http/database-outage.interceptor.ts';
import { CallerSignal } from '../../http/caller-signal.ts';
import { documentsSchema, listSchema, type DocumentsBody, type ListQuery } from './documents.schema.ts';
import { DocumentsService } from './documents.service.ts';

/** `/documents`: stores, lists and deletes documents. */
@Controller('documents')
@UseInterceptors(DatabaseOutageInterceptor)
export class DocumentsController {
  constructor(private readonly documents: DocumentsService) {}

  @Post()
  @HttpCode(200)
  async post(@Body({ schema: documentsSchema }) body: DocumentsBody, @CallerSignal() signal: AbortSignal) {
    return { documents: await this.documents.ingest(DEFAULT_TENANT, body.documents, { signal }) };
  }

  @Get()
  list(@Query({ schema: listSchema }) query: ListQuery, @CallerSignal() signal: AbortSignal) {
    return this.documents.list(DEFAULT_TENANT, query, signal);
  }

  @Get(':id')
  get(@Param('id') id: string, @CallerSignal() signal: AbortSignal) {
    return this.documents.get(DEFAULT_TENANT, id, signal);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id') id: string, @CallerSignal() signal: AbortSignal) {
    return this.documents.delete(DEFAULT_TENANT, id, signal);
  }
}
