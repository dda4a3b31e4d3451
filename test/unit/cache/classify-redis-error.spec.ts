import { classifyCacheError } from '../../../src/cache/classify-redis-error.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../../../src/resilience/guard/errors.ts';

const coded = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:6379`), { code });

describe('classifyCacheError', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED'), 'failure', 'network'],
    ['a reset connection', coded('ECONNRESET'), 'failure', 'network'],
    ['an unknown host', coded('ENOTFOUND'), 'failure', 'network'],
    ['a connection that closed', new Error('Socket closed unexpectedly'), 'failure', 'network'],
    ['a client that is offline', new Error('The client is offline'), 'failure', 'network'],
    ['something thrown that is no error', 'boom', 'failure', 'network'],
    ["the service's own time limit", new AttemptTimeoutError('attempt'), 'failure', 'timeout'],
    [
      'a Redis that loads its data',
      new Error('LOADING Redis is loading the dataset in memory'),
      'failure',
      'loading',
    ],
    [
      'a read-only replica',
      new Error("READONLY You can't write against a read only replica."),
      'failure',
      'database',
    ],
    ['too few replicas', new Error('NOREPLICAS Not enough good replicas to write.'), 'failure', 'database'],
    [
      'a lost master',
      new Error("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
      'failure',
      'database',
    ],
    [
      'full memory',
      new Error("OOM command not allowed when used memory > 'maxmemory'."),
      'failure',
      'database',
    ],
    ['a failing disk', new Error('MISCONF Redis is configured to save RDB snapshots'), 'failure', 'database'],
    ['too many clients', new Error('ERR max number of clients reached'), 'failure', 'database'],
    ['an unknown reply code', new Error('WHATEVER it is'), 'failure', 'database'],
    ['a value of another type', new Error('WRONGTYPE Operation against a key'), 'ignored', 'bug'],
    ['an unknown command', new Error("ERR unknown command 'GETT'"), 'ignored', 'bug'],
    [
      'an argument of the wrong type',
      new TypeError('"arguments[1]" must be of type "string"'),
      'ignored',
      'bug',
    ],
    ['a call that its caller aborted', new DOMException('gone', 'AbortError'), 'ignored', 'cancelled'],
    ["the service's own guard", new GuardRejectedError('redis', 'open', 30_000), 'ignored', 'rejected'],
    ['a spent deadline', new DeadlineExceededError(), 'ignored', 'rejected'],
    ['a full queue', new Error('The queue is full'), 'ignored', 'rejected'],
  ])('classifies %s', (_, error, outcome, errorType) => {
    expect(classifyCacheError(error)).toEqual({ outcome, errorType, retry: 'never', nextTarget: false });
  });

  it.each([
    new Error('NOAUTH Authentication required.'),
    new Error('WRONGPASS invalid username-password pair or user is disabled.'),
    new Error("NOPERM User default has no permissions to run the 'get' command"),
  ])('latches Redis after %s', (error) => {
    expect(classifyCacheError(error)).toEqual({
      outcome: 'ignored',
      errorType: 'credentials',
      retry: 'never',
      nextTarget: false,
      hold: { cause: 'latched', ms: 300_000 },
    });
  });
});
