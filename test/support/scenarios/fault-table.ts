import type { FallbackReason, GenerationAttempt } from '../../../src/models/generation.ts';
import type { Fault } from '../fakes/fake-hugging-face-faults.ts';

/** How one turn of a target ends, and how its guard counts it. */
interface Ending {
  outcome: GenerationAttempt['outcome'];
  counted: 'successes' | 'failures' | 'ignored' | 'rejected';
  /** Why the question is answered otherwise when this is what it ends with. */
  reason: FallbackReason;
}

/** The letters of a sequence, one for each turn of a target. */
export const ENDINGS = {
  S: { outcome: 'success', counted: 'successes', reason: 'generation_failed' },
  F: { outcome: 'failure', counted: 'failures', reason: 'generation_failed' },
  /** The call ran into a limit of its own. */
  T: { outcome: 'timeout', counted: 'failures', reason: 'generation_timeout' },
  /** The question's deadline ended the call, which is not the target's fault. */
  D: { outcome: 'timeout', counted: 'ignored', reason: 'generation_timeout' },
  /** The call was answered by 429. */
  H: { outcome: 'throttled', counted: 'ignored', reason: 'rate_limited' },
  I: { outcome: 'ignored', counted: 'ignored', reason: 'generation_failed' },
  /** Another target answered first. */
  A: { outcome: 'aborted', counted: 'ignored', reason: 'generation_timeout' },
  /** Not called: the circuit is open. */
  R: { outcome: 'rejected', counted: 'rejected', reason: 'circuit_breaker_open' },
  /** Not called: the target has asked for fewer calls. */
  h: { outcome: 'throttled', counted: 'rejected', reason: 'rate_limited' },
  /** Not called: the target is loading, or refuses the key. */
  L: { outcome: 'rejected', counted: 'rejected', reason: 'generation_failed' },
} satisfies Record<string, Ending>;

export type Letter = keyof typeof ENDINGS;

/** One fault, and everything that follows from it by the rules. */
export interface FaultRow {
  name: string;
  fault: Fault | 'refused';
  /** The sequences of successive questions to the faulty target alone: a word for each question. */
  alone: string;
  /** The sequence of one question with a healthy backup, whose turn is the last letter. */
  backedUp: string;
  /** The kind of the failure in the guard's snapshot; null without a failure. */
  kind: string | null;
  /** The hold of the target after the fault, whatever its circuit. */
  hold?: { cause: string; ends_in: number };
  /** The limit that ends a call of this target, in milliseconds; others end by themselves. */
  limitMs?: number;
}

const FIRST_TOKEN_MS = 10_000;
/** Another than that of the first token, to tell them apart. */
export const IDLE_MS = 8_300;
/** Between two parts of the slow stream: many of them take longer than any limit but the deadline. */
export const DRIP_MS = 7_000;
export const DRIPS = 4;

const at = { date: 'Mon, 02 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 02 Nov 2026 10:01:30 GMT' };
const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
});

/** Each fault with what follows from the rules for retries (three attempts), limits, Retry-After and the circuit (five failures). */
export const faults: FaultRow[] = [
  { name: 'refused', fault: 'refused', alone: 'FFF FF R', backedUp: 'FS', kind: 'network' },
  {
    name: 'reset before the response',
    fault: { kind: 'reset' },
    alone: 'FFF FF R',
    backedUp: 'FS',
    kind: 'network',
  },
  {
    name: 'reset midway',
    fault: { kind: 'reset_midway', parts: 3 },
    alone: 'FFF FF R',
    backedUp: 'FS',
    kind: 'network',
  },
  {
    name: 'closed midway',
    fault: { kind: 'cut', parts: 3 },
    alone: 'FFF FF R',
    backedUp: 'FS',
    kind: 'network',
  },
  {
    name: 'ended midway',
    fault: { kind: 'unfinished', parts: 3 },
    alone: 'F F F F F R',
    backedUp: 'FS',
    kind: 'bad_response',
  },
  {
    name: 'a black hole',
    fault: { kind: 'black_hole' },
    alone: 'T T T T T R',
    backedUp: 'AS',
    kind: 'timeout',
    limitMs: FIRST_TOKEN_MS,
  },
  {
    name: 'headers, then silence',
    fault: { kind: 'headers_then_silence' },
    alone: 'T T T T T R',
    backedUp: 'AS',
    kind: 'timeout',
    limitMs: FIRST_TOKEN_MS,
  },
  {
    name: 'a stall after some tokens',
    fault: { kind: 'stall', parts: 3 },
    alone: 'T T T T T R',
    backedUp: 'TS',
    kind: 'timeout',
    limitMs: IDLE_MS,
  },
  {
    name: 'a slow drip',
    fault: { kind: 'slow_drip', everyMs: 30 },
    alone: 'S S',
    backedUp: 'S',
    kind: null,
    limitMs: IDLE_MS,
  },
  {
    name: '429 with seconds',
    fault: status(429, { 'retry-after': '7' }),
    alone: 'H h h',
    backedUp: 'HS',
    kind: null,
    hold: { cause: 'throttled', ends_in: 7 },
  },
  {
    name: '429 with a date',
    fault: status(429, at),
    alone: 'H h h',
    backedUp: 'HS',
    kind: null,
    hold: { cause: 'throttled', ends_in: 90 },
  },
  {
    name: '429 with garbage',
    fault: status(429, { 'retry-after': 'soon' }),
    alone: 'HHH h h',
    backedUp: 'HS',
    kind: null,
    hold: { cause: 'throttled', ends_in: 1 },
  },
  {
    name: '503 with seconds',
    fault: status(503, { 'retry-after': '7' }),
    alone: 'F L L',
    backedUp: 'FS',
    kind: 'loading',
    hold: { cause: 'loading', ends_in: 7 },
  },
  {
    name: '503 with a date',
    fault: status(503, at),
    alone: 'F L L',
    backedUp: 'FS',
    kind: 'loading',
    hold: { cause: 'loading', ends_in: 90 },
  },
  {
    name: '503 with garbage',
    fault: status(503, { 'retry-after': 'soon' }),
    alone: 'F F F F F R',
    backedUp: 'FS',
    kind: 'loading',
  },
  { name: '500', fault: status(500), alone: 'FFF FF R', backedUp: 'FS', kind: 'http_error' },
  {
    name: '401',
    fault: status(401),
    alone: 'I L L',
    backedUp: 'IS',
    kind: null,
    hold: { cause: 'latched', ends_in: 300 },
  },
  { name: '400', fault: status(400), alone: 'I I I', backedUp: 'IS', kind: null },
  {
    name: '200 with bad JSON',
    fault: { kind: 'bad_json' },
    alone: 'F F F F F R',
    backedUp: 'FS',
    kind: 'bad_response',
  },
  {
    name: 'an error event in the stream',
    fault: { kind: 'error_event', parts: 2 },
    alone: 'F F F F F R',
    backedUp: 'FS',
    kind: 'bad_response',
  },
];
