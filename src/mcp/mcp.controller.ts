import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../http/app-error.ts';
import { callerSignal } from '../http/requests/caller-signal.ts';
import { readCaching } from '../query/answer/caching.ts';
import { baseUrlOf } from '../query/passages/source-url.ts';
import { isForeignCaller } from './foreign-caller.ts';
import { McpServers } from './mcp-servers.ts';

/**
 * `POST /mcp`: the Model Context Protocol over streamable HTTP, without sessions. One message a request: in a batch, one
 * message could cancel another, whose response would then never end.
 */
@Controller('mcp')
export class McpController {
  constructor(
    private readonly servers: McpServers,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Post()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { http } = this.config;
    if (isForeignCaller(request.headers, http)) throw new AppError('forbidden');
    if (Array.isArray(request.body))
      throw new AppError('invalid_request', { message: 'Send one message in each request.' });
    const caller = {
      baseUrl: baseUrlOf(request, http.publicUrl),
      requestId: request.id,
      caching: readCaching(request.headers['cache-control']),
      signal: callerSignal(reply.raw),
    };
    // Nothing changes that a client could subscribe to, and a subscription would keep its connection.
    const handler = createMcpHandler(() => this.servers.create(caller), { maxSubscriptions: 0 });
    const { method, headers } = request;
    const sent = new Request('http://failsoft/mcp', {
      method,
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      signal: caller.signal,
    });
    const response = await handler.fetch(sent, { parsedBody: request.body });
    // Node decides whether the connection is kept.
    response.headers.delete('connection');
    void reply.send(response);
  }

  /** Without sessions there is nothing to listen to. */
  @Get()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.post(request, reply);
  }

  /** Without sessions there is nothing to end. */
  @Delete()
  delete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.post(request, reply);
  }
}
