import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { AppError } from '../errors/app-error.ts';
import { DeadlineExceededError, GuardRejectedError } from '../resilience/errors.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { serviceUnavailable } from '../resilience/unavailable.ts';
import { classifyDatabaseError } from './classify.ts';

const MESSAGE = 'The document store is temporarily unavailable. Please try again shortly.';

/** Turns an outage of the database into the 503 of the contract, for requests that nothing but it can answer. */
@Injectable()
export class DatabaseOutageInterceptor implements NestInterceptor {
  constructor(private readonly guards: GuardRegistry) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw isOutage(error) ? serviceUnavailable(this.guards, error, MESSAGE) : error;
      }),
    );
  }
}

function isOutage(error: unknown): boolean {
  if (error instanceof AppError) return false;
  return (
    error instanceof GuardRejectedError ||
    error instanceof DeadlineExceededError ||
    classifyDatabaseError(error).outcome === 'failure'
  );
}
