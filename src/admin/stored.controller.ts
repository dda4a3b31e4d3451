import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { CallerSignal } from '../http/requests/caller-signal.ts';
import { DatabaseOutageInterceptor } from '../http/database-outage.interceptor.ts';
import { CorpusRepository } from '../postgres/corpus/corpus.repository.ts';
import { JobQueue } from '../postgres/records/job-queue.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { AdminTokenGuard } from './admin-token.guard.ts';

/** `/admin/stored`: how much is stored. */
@Controller('admin/stored')
@UseGuards(AdminTokenGuard)
@UseInterceptors(DatabaseOutageInterceptor)
export class StoredController {
  constructor(
    private readonly corpus: CorpusRepository,
    private readonly jobs: JobQueue,
    private readonly serving: ServingModel,
  ) {}

  /** @throws AppError `service_unavailable` without the database; the signal's reason */
  @Get()
  async count(@CallerSignal() signal: AbortSignal) {
    const { model } = this.serving.own;
    const counts = await this.corpus.count(DEFAULT_TENANT, model, signal);
    const { open } = await this.jobs.count(signal);
    return { ...counts, model, deferred_questions: open };
  }
}
