import { Injectable } from '@nestjs/common';
import type { Deadline } from '../../resilience/time/deadline.ts';
import type { GenerationUnavailable } from '../../targets/generation/failover.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import type { Answer } from '../answer/answer.ts';
import type { Question } from '../answer/question.ts';
import type { RetrievedContext } from '../retrieval/retrieval.ts';
import { toAnswer } from './generated-answer.ts';
import { fitPrompt } from './prompt-fitting.ts';

/** An answer that a target generated. */
export interface GeneratedAnswer {
  ok: true;
  answer: Answer;
  /** Whether an in-process target stood in for a model: such an answer must not outlive the outage. */
  isStandIn: boolean;
}

/** Generates answers from retrieved passages. */
@Injectable()
export class AnswerGeneration {
  constructor(private readonly targets: GenerationTargets) {}

  /** Why no target would be called at this moment; null while one would. Makes no call. */
  get rejection(): GenerationUnavailable | null {
    return this.targets.rejection;
  }

  /**
   * Generates an answer, target by target, each with the passages that fit its limit.
   * @throws the deadline's signal's reason when the caller has gone; a spent deadline is a result
   */
  async generate(
    question: Question,
    retrieved: RetrievedContext,
    deadline: Deadline,
  ): Promise<GeneratedAnswer | GenerationUnavailable> {
    const generated = await this.targets.generate(
      ({ promptTokens }) => fitPrompt(question.text, retrieved.context, promptTokens),
      { signal: deadline.signal, leftMs: () => deadline.leftMs() },
    );
    if (!generated.ok) return generated;
    const isStandIn = generated.isBackup && generated.isLocal;
    return { ok: true, answer: toAnswer(generated, question, retrieved), isStandIn };
  }
}
