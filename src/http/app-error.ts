import { catalogue, type ErrorCode } from './error-catalogue.ts';
import { drillsMet } from '../resilience/drills/drill-trace.ts';
import { ServiceError } from '../telemetry/service-error.ts';

/** One fault of a request: where and what. */
export interface ErrorDetail {
  path: string;
  message: string;
}

interface AppErrorOptions {
  /** Replaces the catalogue's message; safe to show. */
  message?: string;
  details?: ErrorDetail[];
  /** Seconds, whole and at least 1: the `Retry-After` header and the body's `retry_after`. */
  retryAfterSeconds?: number;
  /** Further fields of the response body. */
  extra?: Record<string, unknown>;
  cause?: unknown;
}

/** An error that becomes the HTTP response of its code in the catalogue. Every other error becomes a 500. */
export class AppError extends ServiceError {
  readonly status: number;
  /** The guards whose drills were met before it; null for none. */
  readonly drill = drillsMet();

  constructor(
    readonly code: ErrorCode,
    readonly options: AppErrorOptions = {},
  ) {
    super(options.message ?? catalogue[code].message, { cause: options.cause });
    this.status = catalogue[code].status;
  }
}
