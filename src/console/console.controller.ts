import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PAGE_HEADERS } from '../http/page-headers.ts';
import type { ConsolePage } from './console-page.ts';

/** Injection token of the built console. */
export const CONSOLE_PAGE = Symbol('CONSOLE_PAGE');

/** The console's page. Its addresses are relative, so that it works below any path of a proxy. */
@Controller()
export class ConsoleController {
  constructor(@Inject(CONSOLE_PAGE) private readonly page: ConsolePage) {}

  @Get(['/', 'console'])
  get(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(PAGE_HEADERS);
    return this.page.html;
  }
}
