import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { EmbeddingsRepository } from '../postgres/embeddings.repository.ts';
import { ServingModelRepository } from '../postgres/serving-model.repository.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { LOGGER } from '../telemetry/logger.ts';

/**
 * Lets the configured model serve once every chunk has a vector of it. As long as processes are configured for
 * different models, none of them changes anything.
 */
@Injectable()
export class ModelSwitch {
  private readonly process = randomUUID();
  private hasBegun = false;

  constructor(
    private readonly serving: ServingModel,
    private readonly repository: ServingModelRepository,
    private readonly embeddings: EmbeddingsRepository,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Says for which model this process is configured, and looks how far it is. @throws a database error */
  async report(signal: AbortSignal): Promise<void> {
    const { instanceName } = this.config;
    // Only to begin with: two that live under one name by mistake must not take back each other's word for ever.
    if (!this.hasBegun) await this.repository.forgetInstance(instanceName, signal);
    this.hasBegun = true;
    await this.repository.wish(this.process, instanceName, this.serving.own.model, signal);
    await this.serving.look(signal);
  }

  /**
   * To be called when no chunk but the excluded lacks a vector of the configured model: lets it serve, and drops what
   * was kept of models before it.
   * @throws a database error
   */
  async complete(exclude: string[], signal: AbortSignal): Promise<void> {
    if (this.serving.reembedding) await this.switch(exclude, signal);
    for (const model of await this.repository.findRetired(signal)) {
      await this.repository.drop(model, signal);
      this.logger.info({ event: 'embedding_model_dropped', model: model.name });
    }
  }

  /** Forgets this process. Never fails. */
  async withdraw(): Promise<void> {
    // The guard of the database has logged what failed.
    await this.repository.withdraw(this.process).catch(() => undefined);
  }

  private async switch(exclude: string[], signal: AbortSignal): Promise<void> {
    const { model: name } = this.serving.own;
    const model = await this.embeddings.findModel(name, signal);
    if (!model) return;
    // Its index may have been dropped when it was last replaced.
    await this.embeddings.registerModel(name, model.dimension, signal);
    if (await this.repository.switchTo({ ...model, name }, exclude, signal))
      this.logger.info({ event: 'embedding_model_switched', model: name });
    else await this.logOthers(name, signal);
    await this.serving.look(signal);
  }

  /** Otherwise nobody could tell what it still waits for. */
  private async logOthers(model: string, signal: AbortSignal): Promise<void> {
    const instances = await this.repository.findOthers(model, signal);
    if (instances.length > 0) this.logger.info({ event: 'embedding_model_waits', model, instances });
  }
}
