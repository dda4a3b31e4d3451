import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { AppError } from './app-error.ts';
import { boundedIssues, type BoundedIssue } from '../schemas/limited-schemas.ts';

/** Bodies that a thread has validated. */
const valid = new WeakSet<object>();

/** Marks a body as validated by the schema of its route, and returns it. */
export function markValid(body: object): object {
  valid.add(body);
  return body;
}

/**
 * Leaves names such as `constructor` to the schemas. The framework deletes them, so that a filter by such a name would be
 * dropped silently and match everything. The JSON parser refuses the dangerous ones.
 */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const isValid = typeof value === 'object' && value !== null && valid.has(value);
    return isValid ? value : super.transform(value, metadata);
  }
}

/** Validates every body, query and parameter that declares a schema. A mismatch is a 400 that names the fields. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new SchemaPipe({ exceptionFactory: (issues) => toValidationError(boundedIssues(issues)) });
}

/** The error that a request with these faults is answered with. */
export function toValidationError(issues: BoundedIssue[]): AppError {
  for (const { refusal, message } of issues) if (refusal) return new AppError(refusal, { message });
  return new AppError('invalid_request', { details: issues.map(({ path, message }) => ({ path, message })) });
}
