import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { EmbeddingsRepository } from '../postgres/embeddings.repository.ts';
import { ServingModelRepository } from '../postgres/serving-model.repository.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { ModelRegistration } from './model-registration.ts';

/**
 * Lets the configured model serve once every chunk has a vector of it. As long as processes are configured for
 * different models, none of them changes anything.
 */
@Injectable()
export class ModelSwitch {
  constructor(
    private readonly serving: ServingModel,
    private readonly repository: ServingModelRepository,
    private readonly embeddings: EmbeddingsRepository,
    private readonly registration: ModelRegistration,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** To be called before chunks are embedded: registers this process, and looks which model serves. @throws a database error */
  async begin(signal: AbortSignal): Promise<void> {
    await this.registration.ensure(signal);
    await this.serving.look(signal);
  }

  /**
   * To be called when no chunk but the excluded lacks a vector of the configured model: lets it serve, and drops what
   * was kept of models before it.
   * @throws a database error
   */
  async complete(exclude: string[], signal: AbortSignal): Promise<void> {
    await this.serving.look(signal, { isExact: true });
    if (this.serving.reembedding) await this.switch(exclude, signal);
    for (const model of await this.repository.findRetired(signal)) {
      await this.repository.drop(model, signal);
      this.logger.info({ event: 'embedding_model_dropped', model: model.name });
    }
  }

  /** Forgets this process. Never fails. */
  withdraw(): Promise<void> {
    return this.registration.withdraw();
  }

  private async switch(exclude: string[], signal: AbortSignal): Promise<void> {
    const { model: name } = this.serving.own;
    // Otherwise nobody could tell what it still waits for.
    const instances = await this.repository.findOthers(name, signal);
    if (instances.length > 0)
      return this.logger.info({ event: 'embedding_model_waits', model: name, instances });
    const model = await this.embeddings.findModel(name, signal);
    if (!model) return;
    // Its index may have been dropped when it was last replaced.
    await this.embeddings.registerModel(name, model.dimension, signal);
    if (await this.repository.switchTo({ ...model, name }, exclude, signal))
      this.logger.info({ event: 'embedding_model_switched', model: name });
    await this.serving.look(signal);
  }
}
