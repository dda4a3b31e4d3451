import { Controller, Get, HttpCode, Inject, Post, Req, type StreamableFile, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Caches } from '../cache/caches.ts';
import type { ImportResult } from '../cache/cache.ts';
import { AppError } from '../http/app-error.ts';
import { streamPieces } from '../http/streams/json-stream.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { AdminTokenGuard, CurrentActor, type Actor } from './admin-token.guard.ts';
import { readLines } from './ndjson-lines.ts';

/** The body of the response to an import: how many records were handled how. */
export const importResultSchema = z.object({
  taken: z.int().describe('Imported records'),
  known: z.int().describe('Records that the instance has already'),
  refused: z.int().describe('Records that are damaged or too old'),
} satisfies Record<ImportResult, z.ZodType<number>>);

const NDJSON = 'application/x-ndjson';
/** Twice what the answers that an instance remembers take as lines at most. */
const MAX_IMPORT_BYTES = 256 * 1_024 * 1_024;

/** `/admin/cache`: exports the stored answers of an instance and imports them into another, one per line. */
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
    return streamPieces(withLineEnds(this.caches.exportAnswers()), NDJSON);
  }

  @Post()
  @HttpCode(200)
  async restore(
    @Req() { body, headers }: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof importResultSchema>> {
    if (!(body instanceof Readable))
      throw new AppError('unsupported_media_type', { message: `Send lines of JSON as ${NDJSON}.` });
    const counts = { taken: 0, known: 0, refused: 0 };
    try {
      if (Number(headers['content-length']) > MAX_IMPORT_BYTES) throw new AppError('payload_too_large');
      // A destroyed body would take its connection along, and with it the response.
      const pieces = body.iterator({ destroyOnReturn: false });
      for await (const line of readLines(pieces, MAX_IMPORT_BYTES)) {
        counts[await this.caches.importAnswer(line)]++;
        // Lines that have come already would otherwise be taken one after the other while all other requests wait.
        await setImmediate();
      }
    } finally {
      this.logger.warn({
        event: 'admin_action',
        action: 'import_answers',
        actor: actor.name,
        changes: counts,
      });
    }
    return counts;
  }
}

function* withLineEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
