import fastifyStatic from '@fastify/static';
import { Inject, Injectable, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { AppConfig } from '../config/app-config.ts';
import { CONSOLE_PAGE, ConsoleController } from './console.controller.ts';
import { readConsolePage, type ConsolePage } from './console-page.ts';

/** Serves the files that the page names. Their names change with their content. */
@Injectable()
class ConsoleFiles implements OnModuleInit {
  constructor(
    @Inject(CONSOLE_PAGE) private readonly page: ConsolePage,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    // The page's relative addresses would lead nowhere below a slash. Nest knows no route that ends with one.
    server.get('/console/', (_, reply) => reply.redirect('../console', 308));
    // Awaited, it would start the server before the framework has set the handlers of errors.
    void server.register(fastifyStatic, {
      root: this.page.assets,
      prefix: '/console/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
      setHeaders: (reply) => void reply.header('X-Content-Type-Options', 'nosniff'),
    });
  }
}

/** The console, where it was built and is not switched off. */
@Module({})
export class ConsoleModule {
  static forRoot(config: AppConfig): DynamicModule {
    const page = config.consoleEnabled ? readConsolePage() : undefined;
    if (!page) return { module: ConsoleModule };
    const providers = [{ provide: CONSOLE_PAGE, useValue: page }, ConsoleFiles];
    return { module: ConsoleModule, controllers: [ConsoleController], providers };
  }
}
