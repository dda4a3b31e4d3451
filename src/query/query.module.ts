import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG } from '../config/app-config.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { GenerationTargets } from '../targets/generation-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { AnswerCache } from './answer-cache.ts';
import { AnswersController } from './answers.controller.ts';
import { DeferredAnswers } from './deferred-answers.ts';
import { DeferredWork } from './deferred-work.ts';
import { DeferredWorker } from './deferred-worker.ts';
import { ExcerptsRung } from './excerpts-rung.ts';
import { Ladder } from './ladder.ts';
import { LastAnswerRung } from './last-answer-rung.ts';
import { PassageSearch } from './passage-search.ts';
import { QueryController } from './query.controller.ts';
import { QueryService } from './query.service.ts';
import { QUERY_TIME, queryTime } from './query-time.ts';
import { QuestionEmbedding } from './question-embedding.ts';
import { Retrieval } from './retrieval.ts';
import { SearchController } from './search.controller.ts';
import { SearchService } from './search.service.ts';

/** Questions and search. */
@Module({
  controllers: [QueryController, AnswersController, SearchController],
  providers: [
    QueryService,
    SearchService,
    AnswerCache,
    DeferredAnswers,
    DeferredWork,
    DeferredWorker,
    Retrieval,
    PassageSearch,
    QuestionEmbedding,
    { provide: QUERY_TIME, inject: [APP_CONFIG, CLOCK], useFactory: queryTime },
    {
      provide: Ladder,
      inject: [GenerationTargets, GuardRegistry, LOGGER, Metrics],
      useFactory: (targets: GenerationTargets, guards: GuardRegistry, logger: Logger, metrics: Metrics) =>
        new Ladder([new LastAnswerRung(), new ExcerptsRung()], targets, guards, logger, metrics),
    },
  ],
})
export class QueryModule {}
