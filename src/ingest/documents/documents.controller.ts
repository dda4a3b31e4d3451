import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { DatabaseOutageInterceptor } from '../../http/database-outage.interceptor.ts';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { streamWithText } from '../../http/streams/json-stream.ts';
import {
  deleteSchema,
  documentsSchema,
  listSchema,
  type DeleteQuery,
  type DocumentsBody,
  type ListQuery,
} from './documents.schema.ts';
import { DocumentsService } from './documents.service.ts';

/** Documents of one page of the list. */
const PAGE = 20;

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

  /** A page of the list, or with `id` one document: many proxies decode an id with slashes in the path. */
  @Get()
  list(@Query({ schema: listSchema }) query: ListQuery, @CallerSignal() signal: AbortSignal) {
    const { id, limit = PAGE, cursor, search } = query;
    if (id !== undefined) return this.get(id, signal);
    return this.documents.list(DEFAULT_TENANT, { limit, cursor, search }, signal);
  }

  @Delete()
  @HttpCode(204)
  deleteNamed(@Query({ schema: deleteSchema }) { id }: DeleteQuery, @CallerSignal() signal: AbortSignal) {
    return this.delete(id, signal);
  }

  @Get(':id')
  async get(@Param('id') id: string, @CallerSignal() signal: AbortSignal) {
    const { text, ...fields } = await this.documents.get(DEFAULT_TENANT, id, signal);
    return streamWithText(fields, 'text', text);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id') id: string, @CallerSignal() signal: AbortSignal) {
    return this.documents.delete(DEFAULT_TENANT, id, signal);
  }
}
