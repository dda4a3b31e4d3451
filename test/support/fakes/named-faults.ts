import { dialects } from './fake-chat-dialects.ts';
import type { Fault, FaultCondition } from './fake-hugging-face-faults.ts';

/** A fault under the name by which it is switched on; `refuse` is the server that does not listen. */
export const namedFaults: Record<string, { what: string; fault: (Fault & FaultCondition) | 'refused' }> = {
  refuse: { what: 'refuses connections', fault: 'refused' },
  reset: { what: 'resets each connection before any answer', fault: { kind: 'reset' } },
  hang: { what: 'takes calls and never answers', fault: { kind: 'black_hole' } },
  stall: { what: 'begins to answer and falls silent', fault: { kind: 'stall' } },
  cut: { what: 'begins to answer and closes the connection', fault: { kind: 'cut' } },
  late: { what: 'begins to answer after three seconds', fault: { kind: 'late_start', afterMs: 3_000 } },
  slow: { what: 'answers one part a second', fault: { kind: 'slow_drip', everyMs: 1_000 } },
  error: { what: 'answers 500', fault: { kind: 'status', status: 500 } },
  loading: { what: 'answers 503 with Retry-After: 20', fault: status(503, 20) },
  throttle: { what: 'answers 429 with Retry-After: 10', fault: status(429, 10) },
  unauthorized: { what: 'answers 401', fault: { kind: 'status', status: 401 } },
  page: { what: 'answers 404 with a line of plain text', fault: page(404, '404 page not found') },
  challenge: {
    what: 'answers 403 with a page of HTML',
    fault: page(403, '<!DOCTYPE html><title>Wait</title>'),
  },
  retired: { what: 'refuses every call with 400', fault: refusal('This endpoint is retired', () => true) },
  no_max_tokens: {
    what: 'refuses the field max_tokens',
    fault: refusal(
      "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
      (body) => 'max_tokens' in body,
    ),
  },
  no_temperature: {
    what: 'refuses the field temperature',
    fault: refusal("'temperature' is not supported with this model", (body) => 'temperature' in body),
  },
  no_stream_options: {
    what: 'refuses the field stream_options',
    fault: refusal(
      'Unrecognized request argument supplied: stream_options',
      (body) => 'stream_options' in body,
    ),
  },
  no_system: {
    what: 'refuses system messages',
    fault: refusal('System role not supported', (body) => JSON.stringify(body).includes('"role":"system"')),
  },
  small_context: {
    what: 'refuses prompts of more than 4,000 characters',
    fault: refusal(
      "This model's maximum context length is 1024 tokens.",
      ({ messages }) => JSON.stringify(messages ?? '').length > 4_000,
    ),
  },
  redirect: { what: 'answers 301 with another address', fault: redirect('https://moved.example/v1') },
  garbage: { what: 'answers 200 with text that does not parse', fault: { kind: 'bad_json' } },
  empty: { what: 'answers 200 with no text, or no vectors', fault: { kind: 'empty_answer' } },
  ...Object.fromEntries(
    Object.entries(dialects).map(([dialect, what]) => [
      dialect,
      { what, fault: { kind: 'dialect', dialect } as Fault },
    ]),
  ),
  bad_text: {
    what: 'answers 500 to every call with the word poison',
    fault: { kind: 'status', status: 500, unless: (body) => !JSON.stringify(body).includes('poison') },
  },
  small_batches: {
    what: 'refuses more than 8 texts in one call',
    fault: {
      kind: 'status',
      status: 422,
      body: { error: 'batch size 32 > maximum allowed batch size 8', error_type: 'Validation' },
      unless: (body) => textsOf(body).length <= 8,
    },
  },
  strict_fields: {
    what: 'refuses the field encoding_format',
    fault: {
      kind: 'status',
      status: 422,
      body: { detail: [{ loc: ['body', 'encoding_format'], msg: 'Extra inputs are not permitted' }] },
      unless: (body) => !('encoding_format' in body),
    },
  },
  base64: { what: 'answers vectors in base64', fault: { kind: 'vectors', form: 'base64' } },
  no_index: { what: 'answers vectors without their places', fault: { kind: 'vectors', form: 'no_index' } },
  bare: { what: 'answers a bare list of vectors', fault: { kind: 'vectors', form: 'bare' } },
  other_length: { what: 'answers vectors that are shorter by one', fault: { kind: 'wrong_dimension' } },
  slow_texts: { what: 'needs 150 ms for each text', fault: { kind: 'slow_texts', everyMs: 150 } },
};

function textsOf({ input = [] }: Record<string, unknown>): unknown[] {
  return [input].flat();
}

function status(code: number, retryAfter: number): Fault {
  return { kind: 'status', status: code, headers: { 'retry-after': String(retryAfter) } };
}

function page(code: number, body: string): Fault {
  return { kind: 'status', status: code, body };
}

/** A 400 as OpenAI's API writes it, for the calls that `when` picks. */
function refusal(message: string, when: (body: Record<string, unknown>) => boolean): Fault & FaultCondition {
  const body = { error: { message, type: 'invalid_request_error' } };
  return { kind: 'status', status: 400, body, unless: (sent) => !when(sent) };
}

function redirect(location: string): Fault {
  return { kind: 'status', status: 301, body: '<html>Moved</html>', headers: { location } };
}
