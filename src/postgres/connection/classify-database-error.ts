import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../../resilience/guard/errors.ts';
import type { ErrorType, Verdict } from '../../resilience/guard/outcome.ts';
import {
  ConnectionFailedError,
  ConnectionsClosedError,
  ConnectionWaitError,
  ReadOnlyError,
  SchemaNotReadyError,
  sqlStateOf,
} from './database-errors.ts';

/** The first row that matches applies. Codes: PostgreSQL's appendix "Error Codes". */
const SQL_STATES: [states: RegExp, verdict: Verdict][] = [
  [/^(40001|40P01|55P03)$/, ignored('transaction_conflict', 'yes')],
  [/^57014$/, failure('timeout', 'yes')],
  [/^(08|53|57P)/, failure('database', 'yes')],
  // The disk fails, the data is damaged, or the server has become a standby.
  [/^(58|XX001|XX002|25006)/, failure('database', 'never')],
  [/^(28|3D)/, failure('credentials', 'never')],
];

/** SQLSTATEs with which the server closes the connection. */
const CUT = /^(08|57P|25P0[34])/;

/** The driver's messages, which have no code, for a connection that broke during a statement. */
const BROKEN = /^(Connection terminated|Client (was closed|has encountered a connection error))/;

/**
 * Says what an error of a database call means. `retry: 'yes'` is for reads and whole transactions: a single write may have
 * been carried out although its response was lost.
 */
export function classifyDatabaseError(error: unknown): Verdict {
  const state = sqlStateOf(error);
  if (state !== undefined) return SQL_STATES.find(([states]) => states.test(state))?.[1] ?? BUG;
  if (error instanceof ConnectionFailedError) {
    if (sqlStateOf(error.cause) === undefined) return failure('network', 'yes');
    const verdict = classifyDatabaseError(error.cause);
    // An error while connecting always means that the database cannot be used.
    return verdict === BUG ? failure('database', 'yes') : verdict;
  }
  if (error instanceof AttemptTimeoutError) return failure('timeout', 'yes');
  // The service's own queue is no fault of the database, and a refused write was not sent.
  if (error instanceof ConnectionWaitError || error instanceof ReadOnlyError)
    return ignored('rejected', 'never');
  if (error instanceof SchemaNotReadyError) return failure('database', 'yes');
  if (error instanceof GuardRejectedError) return ignored('rejected', 'never');
  if (error instanceof DeadlineExceededError) return ignored('cancelled', 'never');
  if (error instanceof ConnectionsClosedError) return ignored('cancelled', 'never');
  const { name, message, syscall } = Object(error) as Partial<NodeJS.ErrnoException>;
  if (name === 'AbortError') return ignored('cancelled', 'never');
  if (syscall !== undefined || BROKEN.test(message ?? '')) return failure('network', 'yes');
  return BUG;
}

/**
 * Whether an open connection broke during the call, as when the server restarts. Another connection may work at once, so
 * no pause is needed.
 */
export function isBrokenConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return CUT.test(state);
  return !(error instanceof ConnectionFailedError) && classifyDatabaseError(error).errorType === 'network';
}

function failure(errorType: ErrorType, retry: Verdict['retry']): Verdict {
  return { outcome: 'failure', errorType, retry, nextTarget: false };
}

function ignored(errorType: ErrorType, retry: Verdict['retry']): Verdict {
  return { outcome: 'ignored', errorType, retry, nextTarget: false };
}

const BUG = ignored('bug', 'never');
