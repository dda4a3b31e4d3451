import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { EmbeddingsRepository } from '../../postgres/search/embeddings.repository.ts';
import { MAX_MISSING_SHARE, ServingModelRepository } from '../../postgres/search/serving-model.repository.ts';
import { ServingModel, type Reembedding } from '../../targets/serving-model.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { ModelRegistration } from './model-registration.ts';

/**
 * Lets the configured model serve once nearly every chunk has a vector of it. As long as processes are configured for
 * different models, none of them changes anything.
 */
@Injectable()
export class ModelSwitch {
  private loggedIncomplete: string | undefined;

  constructor(
    private readonly serving: ServingModel,
    private readonly repository: ServingModelRepository,
    private readonly embeddings: EmbeddingsRepository,
    private readonly registration: ModelRegistration,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Registers this process and reads which model serves. Called before chunks are embedded. @throws a database error */
  async begin(signal: AbortSignal): Promise<void> {
    await this.registration.ensure(signal);
    await this.serving.refresh(signal);
  }

  /**
   * Lets the configured model serve, and drops the models before it. Called when every chunk that can be embedded has a
   * vector of the configured model.
   * @throws a database error
   */
  async complete(signal: AbortSignal): Promise<void> {
    await this.serving.refresh(signal, { isExact: true });
    const { reembedding } = this.serving;
    if (reembedding) await this.switch(reembedding, signal);
    for (const model of await this.repository.findRetired(signal)) {
      await this.repository.drop(model, signal);
      this.logger.info({ event: 'embedding_model_dropped', model: model.name });
    }
  }

  /** Unregisters this process. Never rejects. */
  withdraw(): Promise<void> {
    return this.registration.withdraw();
  }

  private async switch({ to: name, done, total }: Reembedding, signal: AbortSignal): Promise<void> {
    const instances = await this.repository.findOtherModels(name, signal);
    if (instances.length > 0)
      return this.logger.info({ event: 'embedding_model_waits', model: name, instances });
    if (total - done > total * MAX_MISSING_SHARE) return this.logIncomplete({ model: name, done, total });
    const model = await this.embeddings.findModel(name, signal);
    if (!model) return;
    // The model's index may have been dropped when it was last replaced.
    await this.embeddings.registerModel(name, model.dimension, signal);
    if (await this.repository.switchTo({ ...model, name }, signal))
      this.logger.info({ event: 'embedding_model_switched', model: name });
    await this.serving.refresh(signal);
  }

  /** Logs the same numbers once, because they are read every minute. */
  private logIncomplete(progress: { model: string; done: number; total: number }): void {
    const text = JSON.stringify(progress);
    if (text !== this.loggedIncomplete)
      this.logger.warn({ event: 'embedding_model_incomplete', ...progress });
    this.loggedIncomplete = text;
  }
}
