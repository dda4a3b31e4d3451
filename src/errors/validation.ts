import { StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError } from './app-error.ts';

/** More than anybody reads, and a bound for the size of the response. */
const MAX_DETAILS = 20;

/**
 * Leaves names such as `constructor` to the schemas: deleted, as the framework does it, a filter by one would be
 * dropped without a word and everything be found. What is dangerous of them the JSON parser has refused.
 */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/** Checks every body, query and parameter that declares a schema; what does not fit is a 400 with the places named. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new SchemaPipe({
    exceptionFactory: (issues) => {
      const details = issues.slice(0, MAX_DETAILS).map((issue) => ({
        path: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
        message: issue.message,
      }));
      return new AppError('invalid_request', { details });
    },
  });
}
