import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PAGE_HEADERS } from '../http/page-headers.ts';
import type { ApiReference, ReferenceFile } from './api-reference.ts';

/** Injection token of the reference. */
export const API_REFERENCE = Symbol('API_REFERENCE');

/** The description of the API, for programs and for people. */
@Controller()
export class ApiReferenceController {
  constructor(@Inject(API_REFERENCE) private readonly reference: ApiReference) {}

  @Get('openapi.json')
  openApi(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return send(reply, this.reference.openApi, known);
  }

  @Get('docs')
  page(@Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    return send(reply, this.reference.page, known);
  }

  @Get('docs/reference.css')
  style(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return send(reply, this.reference.style, known);
  }
}

/** Sends a file, or 304 to a caller whose copy is the newest. */
function send(reply: FastifyReply, { type, text, etag }: ReferenceFile, known = ''): string | undefined {
  void reply.headers({ ...PAGE_HEADERS, 'Content-Type': type, ETag: etag });
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes('*') && !tags.includes(etag)) return text;
  void reply.status(304).removeHeader('Content-Type');
  return undefined;
}
