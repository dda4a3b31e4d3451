import { SQL_STATE } from '../../telemetry/cause-of.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { GuardRejectedError } from '../../resilience/guard/errors.ts';
import { explainDatabaseError, READ_ONLY } from './explain-database-error.ts';

/** Too many callers want a connection: none became free within the time limit, or none will. */
export class ConnectionWaitError extends ServiceError {
  constructor(waitMs: number) {
    super(`overloaded: no database connection becomes free within ${waitMs} ms`);
  }
}

/** The server takes no writes. The write was not sent. */
export class ReadOnlyError extends ServiceError {
  constructor() {
    super(READ_ONLY);
  }
}

/** No connection could be opened; the cause is the driver's error. The message holds nothing of the cause's. */
export class ConnectionFailedError extends ServiceError {
  /** @param isEmbedded whether the server is the service's own, of which there is nothing to configure */
  constructor(cause: unknown, isEmbedded = false) {
    const reason = isEmbedded ? undefined : explainDatabaseError(cause);
    super(`the database cannot be reached${reason === undefined ? '' : `: ${reason}`}`, { cause });
  }
}

/** The tables cannot be made; the message says what to change. */
export class MigrationError extends ServiceError {}

/** The migrations have not been applied yet, so the tables may be missing. */
export class SchemaNotReadyError extends ServiceError {
  constructor() {
    super('the database is not migrated yet');
  }
}

/** The connections are closed, because the service shuts down. */
export class ConnectionsClosedError extends ServiceError {
  constructor() {
    super('the database connections are closed');
  }
}

/** Another process uses the embedded database. */
export class DataInUseError extends ServiceError {
  constructor(dataDir: string) {
    super(`the embedded database in ${dataDir} is in use by another process`);
  }
}

/** Whether the statement was never sent, so that it cannot have had an effect. */
export function wasNeverSent(error: unknown): boolean {
  return [
    GuardRejectedError,
    ConnectionWaitError,
    ConnectionFailedError,
    SchemaNotReadyError,
    ReadOnlyError,
    ConnectionsClosedError,
  ].some((type) => error instanceof type);
}

/** The SQLSTATE of a thrown value; undefined without one. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && SQL_STATE.test(code) ? code : undefined;
}
