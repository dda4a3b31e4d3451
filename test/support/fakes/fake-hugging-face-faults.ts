import type { ServerResponse } from 'node:http';
import type { Dialect } from './fake-chat-dialects.ts';
import type { Reply } from './fake-hugging-face-replies.ts';

/** The services that the fake plays. */
export type FakeRoute = 'chat' | 'embed' | 'rerank';

/** The calls that a fault meets: by what was sent. All of them without it. */
export interface FaultCondition {
  /** The call is answered as if there were no fault. */
  unless?: (body: Record<string, unknown>) => boolean;
}

/**
 * What can go wrong with one call. A reply is sent in parts: the tokens of a streamed answer, or pieces of a JSON text;
 * `parts` says how many come through first (default 2). A refused connection is `stop()` and `start()` of the server.
 */
export type Fault =
  /** The connection is reset before any answer. */
  | { kind: 'reset' }
  /** The request is read and never answered. */
  | { kind: 'black_hole' }
  | { kind: 'headers_then_silence' }
  /** Silence after some parts; the connection stays open. */
  | { kind: 'stall'; parts?: number }
  /** The connection is closed (FIN) after some parts. */
  | { kind: 'cut'; parts?: number }
  /** The connection is reset (RST) after some parts. */
  | { kind: 'reset_midway'; parts?: number }
  /** The reply ends properly after some parts: a stream without its finish reason, a torn JSON text. */
  | { kind: 'unfinished'; parts?: number }
  /** The whole answer, its finish reason too, after which the stream stays open; chat only. */
  | { kind: 'held_open' }
  /** The whole answer, and `afterMs` milliseconds after its finish reason the end of the stream; chat only. */
  | { kind: 'late_end'; afterMs: number }
  /** The answer as usual, but its first byte after `afterMs` milliseconds. */
  | { kind: 'late_start'; afterMs: number }
  /** Every part takes `everyMs` milliseconds. */
  | { kind: 'slow_drip'; everyMs: number }
  /** The answer as some servers put it; chat only. */
  | { kind: 'dialect'; dialect: Dialect }
  /** Parts that only reason come before the answer's; chat only. */
  | { kind: 'reasoning'; parts?: number }
  /**
   * A whole response: an object is sent as JSON, a text as HTML when it begins with `<`, else as plain text.
   * Without a body it is a JSON error in the manner of the API. Stalled, its end never comes.
   */
  | {
      kind: 'status';
      status: number;
      body?: string | object;
      headers?: Record<string, string>;
      stalled?: boolean;
    }
  /** Status 200 with text that does not parse: after some parts of a stream (default 0), which goes on to its end. */
  | { kind: 'bad_json'; parts?: number }
  /** Status 200 with JSON of an unknown shape. */
  | { kind: 'wrong_shape' }
  /** Status 200 with no text, or no vectors. */
  | { kind: 'empty_answer' }
  /** An error event in the stream after some parts, after which the connection stays open; chat only. */
  | { kind: 'error_event'; parts?: number }
  /** One vector more than texts, or one score less; embed and rerank. */
  | { kind: 'wrong_count' }
  /** Scores of texts that were not sent, or of one text alone; rerank only. */
  | { kind: 'wrong_index' }
  | { kind: 'same_index' }
  /** Each text takes `everyMs` milliseconds, one after the other; embed only. */
  | { kind: 'slow_texts'; everyMs: number }
  /** The vectors as some servers put them; embed only. */
  | { kind: 'vectors'; form: 'base64' | 'no_index' | 'bare' }
  /** Wrong vectors; embed only. */
  | { kind: 'wrong_dimension' }
  | { kind: 'mixed_dimensions' }
  | { kind: 'nan' }
  | { kind: 'null_values' }
  /** Vectors in more nesting than usual: 3 is one per token, 4 is one per token within a sequence; `hf` and `tei`. */
  | { kind: 'nested'; depth: 3 | 4 };

/** An error page such as a proxy shows. */
export const HTML_PAGE =
  '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>nginx</body></html>';

/** The last event of a streamed answer. */
export const DONE = 'data: [DONE]\n\n';

/** Sends a reply with a fault, or without one. */
export function sendReply(response: ServerResponse, reply: Reply, fault: Fault | undefined): void {
  const parts = fault && 'parts' in fault ? (fault.parts ?? 2) : 2;
  const { socket } = response;
  switch (fault?.kind) {
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'black_hole':
      return;
    case 'status':
      sendStatus(response, fault);
      return;
    case 'headers_then_silence':
      begin(response, reply);
      return;
    case 'stall':
      begin(response, reply, parts);
      return;
    case 'error_event':
    case 'held_open':
      begin(response, reply, reply.parts.length);
      return;
    case 'cut':
      begin(response, reply, parts, () => socket?.destroy());
      return;
    case 'reset_midway':
      begin(response, reply, parts, () => socket?.resetAndDestroy());
      return;
    case 'unfinished':
      begin(response, reply, parts, () => response.end());
      return;
    case 'late_end':
      begin(response, reply, reply.parts.length, () => setTimeout(() => response.end(DONE), fault.afterMs));
      return;
    case 'late_start':
      setTimeout(() => sendReply(response, reply, undefined), fault.afterMs).unref();
      return;
    case 'slow_drip':
      drip(response, reply, fault.everyMs);
      return;
    default:
      begin(response, reply, reply.parts.length, () => response.end(reply.ending));
  }
}

function begin(response: ServerResponse, reply: Reply, parts = 0, then?: () => void): void {
  response.writeHead(200, { 'content-type': reply.contentType });
  response.flushHeaders();
  if (!then && parts === 0) return;
  // The callback comes when the parts have been handed to the network, so that a cut does not swallow them.
  response.write(reply.parts.slice(0, parts).join('') || '\n', () => then?.());
}

function drip(response: ServerResponse, reply: Reply, everyMs: number): void {
  begin(response, reply);
  const waiting = [...reply.parts];
  const timer = setInterval(() => {
    const part = waiting.shift();
    if (part !== undefined) return void response.write(part);
    clearInterval(timer);
    response.end(reply.ending);
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

function sendStatus(response: ServerResponse, fault: Extract<Fault, { kind: 'status' }>): void {
  const body = fault.body ?? { error: `simulated status ${fault.status}` };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const plain = text.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
  const contentType = typeof body === 'string' ? plain : 'application/json';
  response.writeHead(fault.status, {
    ...(text === '' ? {} : { 'content-type': contentType }),
    'content-length': Buffer.byteLength(text),
    ...fault.headers,
  });
  if (fault.stalled) response.write(text.slice(0, 1));
  else response.end(text);
}
