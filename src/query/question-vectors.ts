import { Injectable } from '@nestjs/common';
import type { QuestionVector } from '../postgres/earlier-questions.repository.ts';
import { EmbeddingsRepository } from '../postgres/embeddings.repository.ts';
import { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { QuestionEmbedding } from './question-embedding.ts';

/** The vectors of questions with the model they are stored under. */
@Injectable()
export class QuestionVectors {
  constructor(
    private readonly embedding: QuestionEmbedding,
    private readonly targets: EmbeddingTargets,
    private readonly models: EmbeddingsRepository,
  ) {}

  /** Undefined as long as no vector of the model was ever stored. @throws as the embedding and the database do */
  async of(question: string, signal: AbortSignal): Promise<QuestionVector | undefined> {
    const model = await this.models.findModel(this.targets.model, signal);
    return model && { model, embedding: await this.embedding.embed(question, signal) };
  }
}
