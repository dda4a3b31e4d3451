import { SQL_STATE } from '../../telemetry/cause-of.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { GuardRejectedError } from '../../resilience/guard/errors.ts';

/** No connection became free within the time limit. */
export class ConnectionWaitError extends ServiceError {
  constructor(waitMs: number) {
    super(`no database connection became free within ${waitMs} ms`);
  }
}

/** How PgBouncer and its like begin the refusal of a startup packet; the parameter's name follows. */
const UNKNOWN_PARAMETER = /^unsupported startup parameter/;
const POOLER_REFUSES =
  'the connection pooler refuses a startup parameter: connect directly or by session pooling, without settings in DATABASE_URL or PGOPTIONS';

/** No connection could be opened; the cause is the driver's error. The message holds nothing of the cause's. */
export class ConnectionFailedError extends ServiceError {
  constructor(cause: unknown) {
    const isRefusedByPooler = cause instanceof Error && UNKNOWN_PARAMETER.test(cause.message);
    super(isRefusedByPooler ? POOLER_REFUSES : 'the database cannot be reached', { cause });
  }
}

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
    ConnectionsClosedError,
  ].some((type) => error instanceof type);
}

/** The SQLSTATE of a thrown value; undefined without one. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && SQL_STATE.test(code) ? code : undefined;
}
