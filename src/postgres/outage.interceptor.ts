import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { AppError } from '../errors/app-error.ts';
import { DeadlineExceededError, GuardRejectedError } from '../resilience/errors.ts';
import { classifyDatabaseError } from './classify.ts';

/** Turns an outage of the database into the 503 of the contract, for requests that nothing but it can answer. */
@Injectable()
export class DatabaseOutageInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw isOutage(error) ? unavailable(error) : error;
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

function unavailable(error: unknown): AppError {
  const waitMs = error instanceof GuardRejectedError ? error.retryAfterMs : 0;
  return new AppError('service_unavailable', {
    message: 'The document store is temporarily unavailable. Please try again shortly.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    cause: error,
  });
}
