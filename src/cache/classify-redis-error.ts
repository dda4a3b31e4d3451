import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../resilience/guard/errors.ts';
import type { Verdict } from '../resilience/guard/outcome.ts';

const verdict = (outcome: Verdict['outcome'], errorType: Verdict['errorType']): Verdict => ({
  outcome,
  errorType,
  retry: 'never',
  nextTarget: false,
});

const REJECTED = verdict('ignored', 'rejected');
/** Reply codes of a Redis that cannot serve: read-only after a failover, out of memory, cut off from its peers. */
const DATABASE = verdict('failure', 'database');
const BUG = verdict('ignored', 'bug');
const CREDENTIALS: Verdict = {
  ...verdict('ignored', 'credentials'),
  hold: { cause: 'latched', ms: 300_000 },
};

const byReplyCode = new Map<string, Verdict>([
  ['WRONGTYPE', BUG],
  ['ERR', BUG],
  ['NOAUTH', CREDENTIALS],
  ['WRONGPASS', CREDENTIALS],
  ['NOPERM', CREDENTIALS],
  ['LOADING', verdict('failure', 'loading')],
]);

/** The code at the start of an error reply, such as `WRONGTYPE Operation against a key …`. */
const REPLY_CODE = /^([A-Z]{3,}) /;

/**
 * Classifies an error of Redis. Calls are never retried, because a failing cache is an empty one. An unknown reply code is
 * a failure.
 */
export function classifyCacheError(error: unknown): Verdict {
  if (error instanceof GuardRejectedError || error instanceof DeadlineExceededError) return REJECTED;
  if (error instanceof AttemptTimeoutError) return verdict('failure', 'timeout');
  const { name, message } = describe(error);
  if (name === 'TypeError') return BUG;
  if (name === 'AbortError') return verdict('ignored', 'cancelled');
  // The client's queue limit has no error class.
  if (message === 'The queue is full') return REJECTED;
  if (message.startsWith('ERR max number of clients')) return DATABASE;
  const code = REPLY_CODE.exec(message)?.[1];
  if (code === undefined) return verdict('failure', 'network');
  return byReplyCode.get(code) ?? DATABASE;
}

/** Name and message of a thrown value. Errors of another realm are no instances of this realm's classes. */
function describe(error: unknown): { name: string; message: string } {
  if (typeof error !== 'object' || error === null) return { name: '', message: '' };
  const { name, message } = error as Partial<Error>;
  return { name: String(name), message: String(message) };
}
