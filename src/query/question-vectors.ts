import { Injectable } from '@nestjs/common';
import type { QuestionVector } from '../postgres/earlier-questions.repository.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { QuestionEmbedding } from './question-embedding.ts';

/** The vectors of questions with the model they are stored under. */
@Injectable()
export class QuestionVectors {
  constructor(
    private readonly embedding: QuestionEmbedding,
    private readonly serving: ServingModel,
  ) {}

  /** Undefined as long as no vector was ever stored. @throws as the embedding and the database do */
  async of(question: string, signal: AbortSignal): Promise<QuestionVector | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    return {
      model: current.model,
      embedding: await this.embedding.embed(current, question, signal),
    };
  }
}
