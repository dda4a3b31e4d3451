import { z } from 'zod';
import { jsonRpcErrorSchema } from '../../mcp/json-rpc-error.ts';
import { json, toEventText, type OperationGroup, type ResponseEntry } from '../operation.ts';

const id = z.union([z.string(), z.number()]);
const messageSchema = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: id.optional().describe('Left out by notifications'),
  method: z.string().describe('`initialize`, `ping`, `tools/list`, `tools/call` and others of the protocol'),
  params: z.record(z.string(), z.unknown()).optional(),
});
const resultSchema = z.union([
  z.object({ jsonrpc: z.literal('2.0'), id, result: z.record(z.string(), z.unknown()) }),
  jsonRpcErrorSchema,
]);

const FOUND = {
  id: '1',
  title: 'Fuses',
  url: 'http://127.0.0.1:3000/passages/1',
  text: 'A fuse melts when the current is too high.',
};
const RESULT = { results: [FOUND], retrieval: 'hybrid', notice: null };
const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'search', arguments: { query: 'fuse' } },
};
const ANSWERED = {
  jsonrpc: '2.0',
  id: 1,
  result: { content: [{ type: 'text', text: JSON.stringify(RESULT) }], structuredContent: RESULT },
};
const NOT_ALLOWED = {
  jsonrpc: '2.0',
  id: null,
  error: { code: -32_000, message: 'Method not allowed.' },
};
const error = { JsonRpcError: jsonRpcErrorSchema };
const notAllowed: Record<number, ResponseEntry> = {
  405: json(error, 'There are no sessions: only `POST` is allowed', ['Allow']),
};
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'example', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The Model Context Protocol. */
export const mcp: OperationGroup = {
  name: 'Model Context Protocol',
  description:
    'The tools `search`, `fetch` and `ask` over streamable HTTP, without sessions. `tools/list` describes what they take and give. Errors outside of a call have the shape of JSON-RPC.',
  errorFormat: 'json_rpc',
  operations: {
    'POST /mcp': {
      id: 'sendMessage',
      summary: 'Send a message of JSON-RPC',
      description: 'One message a request. `Accept` names `application/json` and `text/event-stream`.',
      headers: ['Cache-Control', 'MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name'],
      body: { schema: messageSchema },
      responses: {
        200: {
          description:
            'The response to a request: as one event, or from the version 2026-07-28 of the protocol on as JSON',
          headers: ['Cache-Control', 'X-Accel-Buffering'],
          content: {
            'application/json': { JsonRpcResponse: resultSchema },
            'text/event-stream': { JsonRpcResponse: resultSchema },
          },
        },
        202: { description: 'A notification was taken' },
        406: json(error, '`Accept` does not name both media types'),
      },
      errors: ['forbidden'],
      examples: {
        ping: {
          summary: 'A ping',
          parameters: { 'MCP-Protocol-Version': '2025-06-18' },
          body: { jsonrpc: '2.0', id: 1, method: 'ping' },
          status: 200,
          type: 'text/event-stream',
          response: toEventText([{ event: 'message', data: { jsonrpc: '2.0', id: 1, result: {} } }]),
        },
        call: {
          summary: 'A call of a tool',
          parameters: { 'MCP-Protocol-Version': '2025-06-18' },
          body: CALL,
          status: 200,
          type: 'text/event-stream',
          response: toEventText([{ event: 'message', data: ANSWERED }]),
        },
        tools: {
          summary: 'The tools, by the newest version of the protocol',
          parameters: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/list' },
          body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } },
          status: 200,
          response: {
            jsonrpc: '2.0',
            id: 1,
            result: { tools: [{ name: 'search', title: 'Search the documents', inputSchema: {} }] },
          },
        },
        narrow: {
          summary: 'A client that takes no stream',
          body: { jsonrpc: '2.0', id: 1, method: 'ping' },
          status: 406,
          response: {
            jsonrpc: '2.0',
            id: null,
            error: {
              code: -32_000,
              message: 'Not Acceptable: Client must accept both application/json and text/event-stream',
            },
          },
        },
        notification: {
          summary: 'A notification',
          body: { jsonrpc: '2.0', method: 'notifications/initialized' },
          status: 202,
        },
      },
    },
    'GET /mcp': {
      id: 'listen',
      summary: 'Refuse to be listened to',
      description: 'Nothing changes that a client could be told of.',
      responses: notAllowed,
      errors: ['forbidden'],
      examples: { listen: { summary: 'A client that listens', status: 405, response: NOT_ALLOWED } },
    },
    'DELETE /mcp': {
      id: 'endSession',
      summary: 'Refuse to end a session',
      description: 'There is none.',
      responses: notAllowed,
      errors: ['forbidden'],
      examples: { end: { summary: 'A client that ends', status: 405, response: NOT_ALLOWED } },
    },
  },
};
