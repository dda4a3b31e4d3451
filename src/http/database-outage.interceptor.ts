import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { AppError } from './app-error.ts';
import { DeadlineExceededError, GuardRejectedError } from '../resilience/guard/errors.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { serviceUnavailable } from './service-unavailable.ts';
import { classifyDatabaseError } from '../postgres/connection/classify-database-error.ts';
import { ConnectionsClosedError } from '../postgres/connection/database-errors.ts';

const MESSAGE = 'The document store is temporarily unavailable. Please try again shortly.';

/** Turns an outage of the database, or a conflict that outlasts every try, into the 503 of the contract. */
@Injectable()
export class DatabaseOutageInterceptor implements NestInterceptor {
  constructor(private readonly guards: GuardRegistry) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw explainOutage(this.guards, error);
      }),
    );
  }
}

/** The 503 of the contract for an outage of the database; any other error as it is. */
export function explainOutage(guards: GuardRegistry, error: unknown): unknown {
  return isOutage(error) ? serviceUnavailable(guards, error, MESSAGE) : error;
}

/** Whether the same request may do later: a conflict with other writers ends, and another instance runs while this one stops. */
function isOutage(error: unknown): boolean {
  if (error instanceof AppError) return false;
  if (error instanceof GuardRejectedError || error instanceof DeadlineExceededError) return true;
  if (error instanceof ConnectionsClosedError) return true;
  const { outcome, errorType } = classifyDatabaseError(error);
  return outcome === 'failure' || errorType === 'transaction_conflict' || errorType === 'rejected';
}
