import type { CallToolResult, McpServer, ToolAnnotations } from '@modelcontextprotocol/server';
import type { Caching } from '../query/answer/caching.ts';

/** What a tool has at hand while it is called. */
export interface ToolCall {
  /** The address by which the caller reaches the service. */
  baseUrl: string;
  requestId: string;
  caching: Caching;
  /** Aborts when the caller has gone. */
  signal: AbortSignal;
  /** Makes what a tool finds its result, and what it throws a result that says so. */
  run(work: () => Promise<Record<string, unknown>>): Promise<CallToolResult>;
}

/** Tools of one kind. */
export interface Tools {
  /** Adds the tools to a server that serves one request. */
  register(server: McpServer, call: ToolCall): void;
}

/** Clients call tools that only read without asking their user. */
export const READS_DOCUMENTS: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };
