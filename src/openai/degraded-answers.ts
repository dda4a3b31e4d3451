import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.ts';
import { serviceUnavailable } from '../http/service-unavailable.ts';
import type { AnswerMetadata } from '../query/answer/answer.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { GenerationTargets } from '../targets/generation/generation-targets.ts';

/** What callers get who would rather have an error than a degraded answer. */
@Injectable()
export class DegradedAnswers {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly targets: GenerationTargets,
  ) {}

  /** The error in place of an answer of the fallback ladder. A content filter is no outage, and asking again does not help. */
  refuse({ fallback_reason }: Pick<AnswerMetadata, 'fallback_reason'>): AppError {
    return fallback_reason?.startsWith('content_refused')
      ? new AppError('content_filter')
      : serviceUnavailable(this.guards, this.targets.retryAfterMs);
  }
}
