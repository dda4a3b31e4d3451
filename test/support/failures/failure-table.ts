import type { FallbackReason } from '../../../src/models/generation.ts';
import type { Fault } from '../fakes/fake-hugging-face-faults.ts';
import { FIRST_TOKEN_MS, IDLE_MS } from './limits.ts';

/** How a call ends for those who wait for its answer; a row of the second table of the page. */
export type Ending = 'answered' | 'early' | 'midway' | 'refused' | 'cut_short';

/** One fault of a model, and what follows from it. */
export interface Failure {
  /** What the model does, as the page says it. */
  what: string;
  fault: Fault | 'refused' | 'open';
  ending: Ending;
  /** How the call counts for the circuit, and whether the guard then holds calls back. */
  circuit: 'failure' | 'success' | 'ignored' | 'not called';
  hold?: 'throttled' | 'loading' | 'latched';
  /** Whether the same model is called again when no other is left. */
  again?: 'after a pause' | 'once, with a shorter prompt';
  /** Whether another model is called. */
  next: boolean;
  /** Of the answer that comes instead when no model is left; null when the model's own answer comes. */
  reason: FallbackReason | null;
  /** The limit that ends the call, in milliseconds; others end by themselves. */
  limitMs?: number;
  /** Milliseconds before the second call of the same model. */
  pauseMs?: number;
}

const status = (code: number, more: Partial<Extract<Fault, { kind: 'status' }>> = {}): Fault => ({
  kind: 'status',
  status: code,
  ...more,
});
const refusal = (message: string, code?: string) => status(400, { body: { error: { message, code } } });
const PAGE = '<!DOCTYPE html><title>Bad gateway</title>';

const FAILED = { circuit: 'failure', next: true, reason: 'generation_failed' } as const;
const SICK = { ...FAILED, ending: 'early', again: 'after a pause' } as const;
const BROKEN = { ...FAILED, ending: 'early' } as const;
const MIDWAY = { ...FAILED, ending: 'midway' } as const;
const HUNG = { circuit: 'failure', next: true, reason: 'generation_timeout' } as const;
const IGNORED = { ending: 'early', circuit: 'ignored', next: true } as const;
const THROTTLED = { ...IGNORED, hold: 'throttled', reason: 'rate_limited' } as const;
const LATCHED = { ...IGNORED, hold: 'latched', reason: 'generation_failed' } as const;
const DECLINED = { circuit: 'ignored', next: false, ending: 'refused', reason: 'content_refused' } as const;
const WELL = { ending: 'answered', circuit: 'success', next: false, reason: null } as const;

/** Every fault of a model that the service knows, in the order of the page. */
export const failures: Failure[] = [
  { what: 'refuses connections', fault: 'refused', ...SICK },
  { what: 'resets the connection before an answer', fault: { kind: 'reset' }, ...SICK },
  {
    what: 'resets the connection midway',
    fault: { kind: 'reset_midway', parts: 5 },
    ...MIDWAY,
    again: 'after a pause',
  },
  {
    what: 'closes the connection midway',
    fault: { kind: 'cut', parts: 5 },
    ...MIDWAY,
    again: 'after a pause',
  },
  { what: 'ends midway without a finish reason', fault: { kind: 'unfinished', parts: 5 }, ...MIDWAY },
  { what: 'sends an error event midway', fault: { kind: 'error_event', parts: 5 }, ...MIDWAY },
  { what: 'sends an event midway that does not parse', fault: { kind: 'bad_json', parts: 5 }, ...MIDWAY },
  { what: 'never answers', fault: { kind: 'black_hole' }, ending: 'early', ...HUNG, limitMs: FIRST_TOKEN_MS },
  {
    what: 'sends headers and no token',
    fault: { kind: 'headers_then_silence' },
    ending: 'early',
    ...HUNG,
    limitMs: FIRST_TOKEN_MS,
  },
  {
    what: 'falls silent midway',
    fault: { kind: 'stall', parts: 5 },
    ending: 'midway',
    ...HUNG,
    limitMs: IDLE_MS,
  },
  { what: '408', fault: status(408), ...SICK },
  { what: '424', fault: status(424), ...SICK },
  { what: '500', fault: status(500), ...SICK },
  { what: '502 with a page of HTML', fault: status(502, { body: PAGE }), ...SICK },
  { what: '504 without a body', fault: status(504, { body: '' }), ...SICK },
  { what: '503', fault: status(503), ...BROKEN },
  {
    what: '503 with `Retry-After` or `estimated_time`',
    fault: status(503, { headers: { 'retry-after': '7' } }),
    ...BROKEN,
    hold: 'loading',
  },
  { what: '429', fault: status(429), ...THROTTLED, again: 'after a pause', pauseMs: 1_000 },
  {
    what: '429 with a long `Retry-After`',
    fault: status(429, { headers: { 'retry-after': '7' } }),
    ...THROTTLED,
  },
  { what: '401', fault: status(401), ...LATCHED },
  { what: '402', fault: status(402), ...LATCHED },
  { what: '403', fault: status(403), ...LATCHED },
  { what: '404', fault: status(404), ...LATCHED },
  { what: '403 or 404 with a page of something in front', fault: status(403, { body: PAGE }), ...SICK },
  { what: '400', fault: refusal('Something is wrong.'), ...IGNORED, reason: 'generation_failed' },
  { what: '413', fault: status(413), ...IGNORED, reason: 'generation_failed' },
  { what: '422', fault: status(422), ...IGNORED, reason: 'generation_failed' },
  {
    what: '400 or 413 that says the prompt is too long',
    fault: refusal('The maximum context length is 1024 tokens.', 'context_length_exceeded'),
    ...IGNORED,
    again: 'once, with a shorter prompt',
    reason: 'generation_failed',
  },
  {
    what: '400 that names a content policy',
    fault: refusal('Flagged.', 'content_policy_violation'),
    ...DECLINED,
  },
  {
    what: 'the finish reason `content_filter`',
    fault: { kind: 'dialect', dialect: 'content_filter' },
    ...DECLINED,
  },
  {
    what: 'a refusal in place of text',
    fault: { kind: 'dialect', dialect: 'refusal' },
    ...DECLINED,
    next: true,
  },
  { what: '301', fault: status(301, { headers: { location: 'https://moved.example/v1' } }), ...BROKEN },
  { what: '200 that does not parse', fault: { kind: 'bad_json' }, ...BROKEN },
  { what: '200 of an unknown shape', fault: { kind: 'wrong_shape' }, ...BROKEN },
  { what: '200 without text', fault: { kind: 'empty_answer' }, ...BROKEN },
  {
    what: 'thoughts that use up the tokens',
    fault: { kind: 'dialect', dialect: 'thoughts_only' },
    ...IGNORED,
    reason: 'generation_failed',
  },
  {
    what: 'an answer that ends at its limit of tokens',
    fault: { kind: 'dialect', dialect: 'length' },
    ...WELL,
    ending: 'cut_short',
  },
  { what: 'a stream without `[DONE]`', fault: { kind: 'dialect', dialect: 'no_done' }, ...WELL },
  { what: 'an answer that is slow and steady', fault: { kind: 'slow_drip', everyMs: 5 }, ...WELL },
  {
    what: 'its circuit is open',
    fault: 'open',
    ending: 'early',
    circuit: 'not called',
    next: true,
    reason: 'circuit_breaker_open',
  },
];
