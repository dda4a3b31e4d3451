import { classifyDatabaseError } from '../../../src/postgres/connection/classify-database-error.ts';
import {
  ConnectionFailedError,
  ConnectionsClosedError,
  ConnectionWaitError,
  SchemaNotReadyError,
} from '../../../src/postgres/connection/database-errors.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../../../src/resilience/guard/errors.ts';

const coded = (code: string) => Object.assign(new Error('refused by the server'), { code });
const system = (code: string) => Object.assign(new Error(`read ${code}`), { code, syscall: 'read' });

describe('the classification of database errors', () => {
  it.each<[string, unknown, string, string, string]>([
    ['08006 connection_failure', coded('08006'), 'failure', 'database', 'yes'],
    ['53300 too_many_connections', coded('53300'), 'failure', 'database', 'yes'],
    ['53100 disk_full', coded('53100'), 'failure', 'database', 'yes'],
    ['57P01 admin_shutdown', coded('57P01'), 'failure', 'database', 'yes'],
    ['57P03 cannot_connect_now', coded('57P03'), 'failure', 'database', 'yes'],
    ['57014 query_canceled', coded('57014'), 'failure', 'timeout', 'yes'],
    ['58030 io_error', coded('58030'), 'failure', 'database', 'never'],
    ['XX001 data_corrupted', coded('XX001'), 'failure', 'database', 'never'],
    ['25006 read_only_sql_transaction', coded('25006'), 'failure', 'database', 'never'],
    ['28P01 invalid_password', coded('28P01'), 'failure', 'credentials', 'never'],
    ['3D000 invalid_catalog_name', coded('3D000'), 'failure', 'credentials', 'never'],
    ['40001 serialization_failure', coded('40001'), 'ignored', 'transaction_conflict', 'yes'],
    ['40P01 deadlock_detected', coded('40P01'), 'ignored', 'transaction_conflict', 'yes'],
    ['55P03 lock_not_available', coded('55P03'), 'ignored', 'transaction_conflict', 'yes'],
    ['22012 division_by_zero', coded('22012'), 'ignored', 'bug', 'never'],
    ['23505 unique_violation', coded('23505'), 'ignored', 'bug', 'never'],
    ['42P01 undefined_table', coded('42P01'), 'ignored', 'bug', 'never'],
    ['25P02 in_failed_sql_transaction', coded('25P02'), 'ignored', 'bug', 'never'],
    ['XX000 internal_error', coded('XX000'), 'ignored', 'bug', 'never'],
    ['connection reset', system('ECONNRESET'), 'failure', 'network', 'yes'],
    ['broken pipe', system('EPIPE'), 'failure', 'network', 'yes'],
    ['connection ended', new Error('Connection terminated unexpectedly'), 'failure', 'network', 'yes'],
    ['refused', new ConnectionFailedError(system('ECONNREFUSED')), 'failure', 'network', 'yes'],
    ['no TLS there', new ConnectionFailedError(new Error('no SSL')), 'failure', 'network', 'yes'],
    ['refused by the server', new ConnectionFailedError(coded('28P01')), 'failure', 'credentials', 'never'],
    ['server is full', new ConnectionFailedError(coded('53300')), 'failure', 'database', 'yes'],
    ['takes no connections', new ConnectionFailedError(coded('55000')), 'failure', 'database', 'yes'],
    ['no connection free', new ConnectionWaitError(2_000), 'ignored', 'rejected', 'never'],
    ['statement limit', new AttemptTimeoutError('attempt'), 'failure', 'timeout', 'yes'],
    ['not migrated', new SchemaNotReadyError(), 'failure', 'database', 'yes'],
    ['closed', new ConnectionsClosedError(), 'ignored', 'cancelled', 'never'],
    ['deadline of the request', new DeadlineExceededError(), 'ignored', 'cancelled', 'never'],
    ['abort', AbortSignal.abort().reason, 'ignored', 'cancelled', 'never'],
    ['guard', new GuardRejectedError('postgres', 'open', 1_000), 'ignored', 'rejected', 'never'],
    ['programming error', new TypeError('x is not a function'), 'ignored', 'bug', 'never'],
    ['no error at all', 'gone', 'ignored', 'bug', 'never'],
    ['nothing', undefined, 'ignored', 'bug', 'never'],
  ])('classifies %s', (_name, error, outcome, errorType, retry) => {
    expect(classifyDatabaseError(error)).toEqual({ outcome, errorType, retry, nextTarget: false });
  });
});
