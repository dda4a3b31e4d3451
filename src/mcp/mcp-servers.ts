import { Inject, Injectable } from '@nestjs/common';
import { McpServer, type CallToolResult } from '@modelcontextprotocol/server';
import type { Logger } from 'pino';
import { VERSION } from '../config/package-root.ts';
import { explainOutage } from '../http/database-outage.interceptor.ts';
import { logInternalError, toAppError } from '../http/to-app-error.ts';
import { drillsMet } from '../resilience/drills/drill-trace.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { AskTool } from './ask-tool.ts';
import { DocumentTools } from './document-tools.ts';
import type { ToolCall } from './tool.ts';

const INSTRUCTIONS =
  'Use ask for an answer with citations. Use search and fetch to read the documents yourself. When metadata.notice or notice is not null, tell the user what it says.';

/** Makes the server of each request: requests share nothing. */
@Injectable()
export class McpServers {
  constructor(
    private readonly documents: DocumentTools,
    private readonly ask: AskTool,
    private readonly guards: GuardRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A server with the tools, for one request. */
  create(caller: Omit<ToolCall, 'run'>): McpServer {
    const server = new McpServer(
      { name: 'failsoft', version: VERSION },
      { instructions: INSTRUCTIONS, capabilities: { tools: { listChanged: false } } },
    );
    const call: ToolCall = { ...caller, run: (work) => this.run(work, caller) };
    for (const tools of [this.documents, this.ask]) tools.register(server, call);
    return server;
  }

  private async run(
    work: () => Promise<Record<string, unknown>>,
    { signal, requestId }: Omit<ToolCall, 'run'>,
  ): Promise<CallToolResult> {
    try {
      const structuredContent = await work();
      const text = JSON.stringify(structuredContent);
      return {
        content: [{ type: 'text', text }],
        structuredContent,
        ...(drillsMet() && { _meta: tellDrills() }),
      };
    } catch (thrown) {
      const error = toAppError(explainOutage(this.guards, thrown));
      if (!signal.aborted) logInternalError(this.logger, error);
      const { retryAfterSeconds: seconds } = error.options;
      const wait = seconds === undefined ? '' : ` Retry after ${seconds} seconds.`;
      return {
        isError: true,
        content: [{ type: 'text', text: error.message + wait }],
        _meta: {
          ...tellDrills(),
          'failsoft/error': {
            error: error.code,
            ...(seconds !== undefined && { retry_after: seconds }),
            request_id: requestId,
          },
        },
      };
    }
  }
}

/** Names the drills that a call has met. The response of a call may be a stream, whose header was sent before. */
function tellDrills() {
  const drill = drillsMet();
  return drill ? { 'failsoft/drill': drill } : {};
}
