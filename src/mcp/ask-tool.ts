import { Inject, Injectable } from '@nestjs/common';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { sourceSchema } from '../query/answer/answer.ts';
import { toResponse } from '../query/answer/response.ts';
import { sourceUrl } from '../query/passages/source-url.ts';
import { QueryMetrics } from '../query/query-metrics.ts';
import { questionTextSchema } from '../query/answer/question.ts';
import { querySchema } from '../query/query.schema.ts';
import { QueryService } from '../query/query.service.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { READS_DOCUMENTS, type ToolCall, type Tools } from './tool.ts';

/** What a client may rely on of the metadata, which has more. */
const metadata = z.looseObject({
  from_fallback: z.boolean().describe('Whether no model answered'),
  fallback_source: z.string().nullable(),
  fallback_reason: z.string().nullable(),
  from_cache: z.boolean(),
  cached_at: z.string().nullable(),
  stale: z.boolean(),
  retrieval: z.string(),
  no_context: z.boolean().describe('Whether no document matches'),
  matched_question: z.string().nullable(),
  target: z.string().nullable(),
  model: z.string().nullable(),
  notice: z.string().nullable().describe('What is less than usual, for the user'),
  drill: z
    .array(z.string())
    .nullable()
    .describe('The services whose outage was only rehearsed, where that changed the answer'),
  request_id: z.string(),
});

const output = z.object({
  answer: z.string().describe('Cites sources by number, such as [1]'),
  sources: z.array(sourceSchema.extend({ url: z.string() })),
  metadata,
});

/** The tool `ask`: an answer as `POST /query` gives it. */
@Injectable()
export class AskTool implements Tools {
  constructor(
    private readonly queries: QueryService,
    private readonly metrics: QueryMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(server: McpServer, call: ToolCall): void {
    server.registerTool(
      'ask',
      {
        title: 'Ask the documents',
        description:
          'Answers a question from the documents, with citations. While no model answers, it gives an earlier answer or excerpts, and metadata.notice says so.',
        inputSchema: z.object({
          query: questionTextSchema.describe('The question, at most 4,000 characters'),
        }),
        outputSchema: output,
        annotations: READS_DOCUMENTS,
      },
      ({ query }) => call.run(() => this.ask(query, call)),
    );
  }

  private async ask(query: string, { baseUrl, requestId, caching, signal }: ToolCall) {
    const startedAt = this.clock.now();
    const elapsedMs = () => this.clock.now() - startedAt;
    const { top_k: topK, filter } = querySchema.parse({ query });
    const question = { tenantId: DEFAULT_TENANT, text: query, topK, filter, caching };
    const answer = await this.metrics.measure(this.queries.answer(question, signal), elapsedMs);
    const response = toResponse(answer, true, requestId, elapsedMs());
    const sources = response.sources.map((source) => ({ ...source, url: sourceUrl(source, baseUrl) }));
    return { ...response, sources };
  }
}
