import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import {
  ServingModelRepository,
  REGISTRATION_SECONDS,
} from '../../postgres/search/serving-model.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { BackgroundLoop } from '../../resilience/time/background-loop.ts';
import { RANDOM } from '../../resilience/resilience.module.ts';
import { ServingModel } from '../../targets/serving-model.ts';

/** Two reports may fail before the registration ends. */
const REPORT_MS = (REGISTRATION_SECONDS / 3) * 1_000;

/** Registers the embedding model of this process in the database, for the other instances. */
@Injectable()
export class ModelRegistration {
  private readonly process = randomUUID();
  private readonly reporter: BackgroundLoop;
  private isRegistered = false;

  constructor(
    private readonly serving: ServingModel,
    private readonly repository: ServingModelRepository,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) clock: Clock,
    @Inject(RANDOM) random: () => number,
  ) {
    this.reporter = new BackgroundLoop(
      'model_registration',
      clock,
      REPORT_MS,
      (signal) => this.report(signal),
      random,
    );
  }

  /** Registers this process on the first call, and keeps the registration. @throws a database error */
  async ensure(signal: AbortSignal): Promise<void> {
    if (this.isRegistered) return;
    // Once per process: two processes with the same instance name would keep deleting each other's registration.
    await this.repository.unregisterInstance(this.config.instanceName, signal);
    await this.report(signal);
    this.isRegistered = true;
    await this.reporter.start();
  }

  /** Unregisters this process. Never rejects. */
  async withdraw(): Promise<void> {
    await this.reporter.stop();
    await this.repository.unregisterProcess(this.process).catch(() => undefined);
  }

  /** Also refreshes the change of the model, because a pass over many chunks takes hours. */
  private async report(signal: AbortSignal): Promise<void> {
    const { instanceName } = this.config;
    await this.repository.registerProcess(this.process, instanceName, this.serving.own.model, signal);
    await this.serving.refresh(signal);
  }
}
