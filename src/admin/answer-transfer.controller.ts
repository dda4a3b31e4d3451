import { Controller, Get, HttpCode, Inject, Post, Req, StreamableFile, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { Caches } from '../cache/caches.ts';
import type { ImportResult } from '../cache/cache.ts';
import { AppError } from '../http/app-error.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { CurrentActor, type Actor } from './actor.ts';
import { AdminTokenGuard } from './admin-token.guard.ts';
import { readLines } from './ndjson-lines.ts';

const NDJSON = 'application/x-ndjson';

/** `/admin/cache`: the remembered answers out of one instance and into another, one per line. */
@Controller('admin/cache')
@UseGuards(AdminTokenGuard)
export class AnswerTransferController {
  constructor(
    private readonly caches: Caches,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get()
  dump(@CurrentActor() actor: Actor): StreamableFile {
    this.logger.warn({ event: 'admin_action', action: 'export_answers', actor: actor.name });
    return new StreamableFile(Readable.from(withLineEnds(this.caches.exportAnswers())), { type: NDJSON });
  }

  @Post()
  @HttpCode(200)
  async restore(
    @Req() { body }: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<Record<ImportResult, number>> {
    if (!(body instanceof Readable))
      throw new AppError('unsupported_media_type', { message: `Send lines of JSON as ${NDJSON}.` });
    const counts = { taken: 0, known: 0, refused: 0 };
    for await (const line of readLines(body)) counts[await this.caches.importAnswer(line)]++;
    this.logger.warn({ event: 'admin_action', action: 'import_answers', actor: actor.name, changes: counts });
    return counts;
  }
}

function* withLineEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
