import {
  called,
  endsWithin,
  names,
  neverSendsTheSameAgain,
  returnsWithin,
  servesWhileDown,
  spares,
  staysAlive,
  tellsUsage,
  waits,
  type Check,
} from './judge.ts';
import type { Fault, Reply } from './provider.ts';

/** The models of the two targets. */
export const PRIMARY = 'first-model';
export const BACKUP = 'second-model';

/** One misbehaviour of a provider, and what is right then. */
export interface Scenario {
  id: string;
  name: string;
  fault: Fault;
  /** Of the second target, which is healthy without it. */
  backupFault?: Fault;
  checks: Check[];
  /** What the caller should get; an answer without it. */
  wanted?: 'error';
  /** The longest time for a request: one that takes longer hangs. */
  limitSeconds: number;
  /** More than one request, one every `everyMs`. */
  sequence?: { count: number; everyMs: number };
}

const DOWN_MS = 60_000;

const error = (status: number, code: string, message: string, headers = {}): Reply => ({
  kind: 'error',
  status,
  code,
  message,
  headers,
});
const overloaded = error(503, 'overloaded', 'The model is overloaded.');
const limited = (headers = {}) => error(429, 'rate_limit_exceeded', 'Too many requests.', headers);
const first =
  (reply: Reply): Fault =>
  ({ number }) =>
    number === 1 ? reply : { kind: 'answer' };
const always =
  (reply: Reply): Fault =>
  () =>
    reply;
const advisory = (check: Check): Check => ({ ...check, isAdvisory: true });
const boundedCalls = called(0, 6);

/** The sixteen scenarios of failoverbench, methodology 0.1, profile `full`. */
export const scenarios: Scenario[] = [
  {
    id: 'S01',
    name: '429 with `Retry-After: 2`, once',
    fault: first(limited({ 'retry-after': '2' })),
    checks: [advisory(called(2, Infinity)), advisory(waits(1.8)), spares(2, 1.5)],
    limitSeconds: 20,
  },
  {
    id: 'S02',
    name: '429 without `Retry-After`, always',
    fault: always(limited()),
    checks: [spares(4, 3), boundedCalls],
    limitSeconds: 40,
  },
  {
    id: 'S03',
    name: '500, once',
    fault: first(error(500, 'server_error', 'Something went wrong.')),
    checks: [advisory(called(2, Infinity))],
    limitSeconds: 20,
  },
  {
    id: 'S04',
    name: '503, always',
    fault: always(overloaded),
    checks: [boundedCalls],
    limitSeconds: 40,
  },
  {
    id: 'S05',
    name: 'a reset before the response, once',
    fault: first({ kind: 'reset' }),
    checks: [],
    limitSeconds: 20,
  },
  {
    id: 'S06',
    name: 'no response for 120 s',
    fault: always({ kind: 'silence', ms: 120_000 }),
    checks: [endsWithin(100), advisory(called(0, 1))],
    limitSeconds: 130,
  },
  {
    id: 'S07',
    name: 'the first token after 20 s',
    fault: always({ kind: 'answer', firstAfterMs: 20_000 }),
    checks: [advisory(endsWithin(15))],
    limitSeconds: 60,
  },
  {
    id: 'S08',
    name: 'a cut after 40 of 60 tokens',
    fault: always({ kind: 'answer', breakAfter: 40 }),
    checks: [],
    limitSeconds: 40,
  },
  {
    id: 'S09',
    name: '30 s of silence after 20 tokens, then a cut',
    fault: always({ kind: 'answer', breakAfter: 20, silentMs: 30_000 }),
    checks: [endsWithin(45), staysAlive],
    limitSeconds: 70,
  },
  {
    id: 'S10',
    name: 'an event that is no JSON',
    fault: always({ kind: 'answer', malformedAfter: 10 }),
    checks: [staysAlive],
    limitSeconds: 30,
  },
  {
    id: 'S11',
    name: 'a stream without `[DONE]`',
    fault: always({ kind: 'answer', isWithoutDone: true }),
    checks: [endsWithin(8), advisory(tellsUsage)],
    limitSeconds: 30,
  },
  {
    id: 'S12',
    name: '400 `context_length_exceeded`, always',
    fault: always(
      error(
        400,
        'context_length_exceeded',
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9631 tokens.",
      ),
    ),
    checks: [neverSendsTheSameAgain, called(0, 2)],
    limitSeconds: 20,
  },
  {
    id: 'S13',
    name: '400 `content_policy_violation`, always',
    fault: always(error(400, 'content_policy_violation', 'The request was rejected by the safety system.')),
    checks: [called(1, 1)],
    wanted: 'error',
    limitSeconds: 20,
  },
  {
    id: 'S14',
    name: 'as S08, and the second target takes no text to go on with',
    fault: always({ kind: 'answer', breakAfter: 40 }),
    backupFault: ({ lastRole }) =>
      lastRole === 'assistant'
        ? error(400, 'invalid_prefill', 'The conversation must end with a user message.')
        : { kind: 'answer' },
    checks: [],
    limitSeconds: 40,
  },
  {
    id: 'S15',
    name: '503 for 60 s, then healthy; 20 requests, one every 4 s',
    fault: ({ atMs }) => (atMs < DOWN_MS ? overloaded : { kind: 'answer' }),
    checks: [servesWhileDown(DOWN_MS), returnsWithin(30, DOWN_MS)],
    limitSeconds: 30,
    sequence: { count: 20, everyMs: 4_000 },
  },
  {
    id: 'S16',
    name: '503, always: which model and usage the response names',
    fault: always(overloaded),
    checks: [names(BACKUP), advisory(tellsUsage), boundedCalls],
    limitSeconds: 40,
  },
];
