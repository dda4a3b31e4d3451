const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** The caller's position in a distributed trace. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** The header as received. It is passed on unchanged, because failsoft adds no span. */
  header: string;
}

/** Reads a `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header); undefined when it is not valid. */
export function parseTraceParent(given: string | string[] | undefined): TraceParent | undefined {
  const [header, traceId, spanId] = (typeof given === 'string' && TRACE_PARENT.exec(given)) || [];
  if (header === undefined || traceId === undefined || header.startsWith('ff')) return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(spanId ?? '') ? undefined : { traceId, header };
}
