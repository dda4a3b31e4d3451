import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Service } from '../service/service.ts';

/** The protocols that clients speak: with a handshake (until 2025-11-25), and with the version in every request. */
export const eras = ['legacy', 'auto'] as const;

/** What a tool gave back. */
export interface ToolResult<T> {
  /** Undefined for an error. */
  found: T | undefined;
  /** The only text of the result. */
  text: string;
  isError: boolean;
  meta: Record<string, unknown> | undefined;
}

/** A client of the service's MCP server, by MCP's own library. */
export interface McpClient {
  client: Client;
  call<T>(
    name: string,
    args: Record<string, unknown>,
    options?: { signal?: AbortSignal },
  ): Promise<ToolResult<T>>;
}

/** Connects a client to the service. The caller closes `client`. */
export async function connectMcp(
  { url }: Pick<Service, 'url'>,
  mode: (typeof eras)[number] = 'legacy',
  headers: Record<string, string> = {},
): Promise<McpClient> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  return {
    client,
    async call<T>(name: string, args: Record<string, unknown>, options = {}) {
      const result = await client.callTool({ name, arguments: args }, options);
      const { _meta: meta, isError = false } = result;
      const [part, ...more] = result.content;
      if (part?.type !== 'text' || more.length > 0) throw new Error('a result has one text');
      const found = result.structuredContent as T | undefined;
      return { found, text: part.text, isError, meta };
    },
  };
}
