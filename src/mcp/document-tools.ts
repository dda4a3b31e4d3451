import { Injectable } from '@nestjs/common';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { Passages, type PassageInDocument } from '../query/passages/passages.ts';
import { sourceUrl } from '../query/passages/source-url.ts';
import { questionTextSchema } from '../query/answer/question.ts';
import type { SearchResult } from '../query/retrieval/passage-search.ts';
import { SearchService } from '../query/search/search.service.ts';
import { READS_DOCUMENTS, type ToolCall, type Tools } from './tool.ts';

/** Passages of one search. Raised, a model reads more that fits less. */
const RESULTS = 10;

const found = z.object({
  id: z.string().describe('For the tool fetch'),
  title: z.string(),
  url: z.string(),
  text: z.string(),
});

const searchOutput = z.object({
  results: z.array(found),
  retrieval: z.enum(['hybrid', 'vector', 'lexical', 'none']),
  notice: z.string().nullable().describe('What is less than usual'),
});

const fetchOutput = found.extend({
  metadata: z.object({ document_id: z.string(), heading: z.string().nullable(), passage: z.string() }),
});

const NOTICES: Partial<Record<SearchResult['mode'], string>> = {
  lexical: 'Found by words alone. Passages that say the same in other words may be missing.',
  vector: 'Found by meaning alone. Passages with the very words of the query may be missing.',
};

/** The tools `search` and `fetch`, named and shaped as ChatGPT's connectors require. They need no model. */
@Injectable()
export class DocumentTools implements Tools {
  constructor(
    private readonly searches: SearchService,
    private readonly passages: Passages,
  ) {}

  register(server: McpServer, call: ToolCall): void {
    server.registerTool(
      'search',
      {
        title: 'Search the documents',
        description:
          'Finds the passages of the documents that fit a query best. Works without any language model.',
        inputSchema: z.object({
          query: questionTextSchema.describe('Words or a question, at most 4,000 characters'),
        }),
        outputSchema: searchOutput,
        annotations: READS_DOCUMENTS,
      },
      ({ query }) => call.run(() => this.search(query, call)),
    );
    server.registerTool(
      'fetch',
      {
        title: 'Read a passage',
        description: 'Reads a passage that search has found, with the text of its document around it.',
        inputSchema: z.object({ id: z.string().describe('An id from search') }),
        outputSchema: fetchOutput,
        annotations: READS_DOCUMENTS,
      },
      ({ id }) => call.run(() => this.fetch(id, call)),
    );
  }

  private async search(query: string, { baseUrl, signal }: ToolCall): Promise<z.infer<typeof searchOutput>> {
    const body = { query, top_k: RESULTS, filter: {}, mode: 'hybrid' } as const;
    const { mode, passages, degraded } = await this.searches.search(body, signal);
    const results = passages.map((passage) => toFound(passage, baseUrl));
    return { results, retrieval: mode, notice: (degraded && NOTICES[mode]) || null };
  }

  private async fetch(id: string, { baseUrl, signal }: ToolCall): Promise<z.infer<typeof fetchOutput>> {
    const passage = await this.passages.find(DEFAULT_TENANT, id, signal);
    const { before, after, document_id, heading } = passage;
    const text = [...before, passage, ...after].map((part) => part.text).join('\n\n');
    const metadata = { document_id, heading, passage: passage.text };
    return { ...toFound(passage, baseUrl), text, metadata };
  }
}

type Found = Pick<PassageInDocument, 'chunk_id' | 'document_id' | 'title' | 'heading' | 'url' | 'text'>;

function toFound(passage: Found, baseUrl: string): z.infer<typeof found> {
  const { chunk_id, document_id, title, heading, text } = passage;
  return { id: chunk_id, title: title ?? heading ?? document_id, url: sourceUrl(passage, baseUrl), text };
}
