/** The headers of requests that have a meaning, beside `Accept`, `Content-Type` and `Authorization`. */
export const requestHeaders = {
  'X-Request-Id':
    'The id of the request, 1 to 128 printable ASCII characters; any other value is replaced by an id of the service',
  traceparent: 'W3C Trace Context. It is logged as `trace_id` and passed on to the model',
  'Cache-Control':
    '`no-cache` asks for a new answer: stored ones serve the fallback ladder alone. `no-store` also stores neither the new answer nor its passages',
  'Last-Event-ID': 'The id of the last event that was read: the stream goes on behind it',
  'X-Admin-Actor':
    'Who acts, for the audit trail: 1 to 100 characters, percent-encoded as UTF-8 where they are not ASCII or a `%`, such as `Ren%C3%A9`',
  'MCP-Protocol-Version': 'The version of the Model Context Protocol that the client speaks',
  'Mcp-Method': 'The `method` of the message, from the version 2026-07-28 on',
  'Mcp-Name': 'The name of the tool that is called, from the version 2026-07-28 on',
  'If-None-Match': 'The `ETag` of a copy: 304 while it is the newest',
};
export type RequestHeader = keyof typeof requestHeaders;

/** The headers of responses that are part of the API. */
export const responseHeaders = {
  'X-Request-Id': 'The id of the request, as logged',
  'Retry-After': 'Whole seconds, at least 1, until another try makes sense',
  'WWW-Authenticate': 'The scheme of the key',
  'X-Should-Retry': "`false` with a 503: the client's own retries would meet the same open circuit",
  'Cache-Status': '`failsoft; hit`, `failsoft; fwd=miss; stored` or `failsoft; fwd=miss` (RFC 9211)',
  Age: 'Age of a cached answer in seconds',
  'Server-Timing': 'Milliseconds of the steps `embed`, `search`, `rerank` and `generate`',
  'X-Fallback-Source': 'As `fallback_source` of the metadata, on degraded answers',
  'X-Fallback-Reason': 'As `fallback_reason` of the metadata, on degraded answers',
  'X-Failsoft-Drill':
    'The guards whose drills the request has met before its response began, separated by commas',
  'X-Failsoft-Ignored': 'The fields of the request that have no effect',
  Link: 'The URLs of the sources, as many as fit',
  'X-Stream-Id': 'The id of the stream, for `/streams/{id}`',
  'X-Vercel-AI-UI-Message-Stream': 'The version of the UI message stream: `v1`',
  'Cache-Control': 'Whether the response may be kept',
  'X-Accel-Buffering': '`no`: proxies pass events on as they come',
  Vary: 'The request headers that the response depends on',
  ETag: 'The version of the response',
  Allow: 'The methods of the path',
  'Content-Security-Policy': 'What the page may load',
  'X-Content-Type-Options': '`nosniff`',
  'Referrer-Policy': '`no-referrer`',
};
export type ResponseHeader = keyof typeof responseHeaders;

/** The headers of an answer with a body that is not streamed. */
export const ANSWER_HEADERS: ResponseHeader[] = [
  'Cache-Status',
  'Age',
  'Server-Timing',
  'X-Fallback-Source',
  'X-Fallback-Reason',
];

/** The headers of a response of server-sent events. */
export const STREAM_HEADERS: ResponseHeader[] = ['X-Stream-Id', 'Cache-Control', 'X-Accel-Buffering'];

/** The headers of a page of HTML. */
export const PAGE_HEADERS: ResponseHeader[] = [
  'Cache-Control',
  'Content-Security-Policy',
  'X-Content-Type-Options',
  'Referrer-Policy',
];
