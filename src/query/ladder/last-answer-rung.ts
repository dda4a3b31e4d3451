import { Injectable } from '@nestjs/common';
import type { Answer } from '../answer/answer.ts';
import { sayReason, type FallbackRequest, type Rung } from './rung.ts';

/** The last answer to the same question, labelled with its age. */
@Injectable()
export class LastAnswerRung implements Rung {
  readonly source = 'l1_cache';
  readonly isCache = true;

  answer({ lastAnswer, reason }: FallbackRequest): Answer | undefined {
    if (!lastAnswer) return undefined;
    const madeAt = lastAnswer.metadata.cached_at?.slice(0, 16).replace('T', ' ');
    const notice = `${sayReason(reason)}. This answer was generated on ${madeAt} UTC.`;
    return { ...lastAnswer, metadata: { ...lastAnswer.metadata, notice } };
  }
}
