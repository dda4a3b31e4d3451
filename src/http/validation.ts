import { StandardSchemaValidationPipe, type StandardSchemaValidationPipeOptions } from '@nestjs/common';
import { AppError, type ErrorDetail } from './app-error.ts';
import { MAX_FAULTS, type Refusal } from '../schemas/limited-schemas.ts';

/** Longest path and longest message of a detail, in characters: both may repeat names that were sent. */
const MAX_DETAIL_CHARS = 200;

/** What a schema finds wrong with a value. */
type Issues = Parameters<NonNullable<StandardSchemaValidationPipeOptions['exceptionFactory']>>[0];
type Issue = Issues[number];

/**
 * Leaves names such as `constructor` to the schemas. The framework deletes them, so that a filter by such a name would be
 * dropped silently and match everything. The JSON parser refuses the dangerous ones.
 */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/** Validates every body, query and parameter that declares a schema. A mismatch is a 400 that names the fields. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new SchemaPipe({ exceptionFactory: toError });
}

/** The error that a request with these faults is answered with, of bounded size whatever was sent. */
function toError(issues: Issues): AppError {
  for (const { message, params } of issues as readonly (Issue & { params?: Partial<Refusal> })[])
    if (params?.refusal) return new AppError(params.refusal, { message });
  return new AppError('invalid_request', { details: issues.slice(0, MAX_FAULTS).map(toDetail) });
}

function toDetail({ path = [], message }: Issue): ErrorDetail {
  const names = path.map((part) => shorten(String(typeof part === 'object' ? part.key : part)));
  return { path: shorten(names.join('.')), message: shorten(message) };
}

function shorten(text: string): string {
  return text.length <= MAX_DETAIL_CHARS ? text : `${text.slice(0, MAX_DETAIL_CHARS).toWellFormed()}…`;
}
