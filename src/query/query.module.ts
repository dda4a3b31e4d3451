import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { CLOCK, RANDOM } from '../resilience/resilience.module.ts';
import { GenerationTargets } from '../targets/generation-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { AnswerCache } from './answer-cache.ts';
import { AnswersController } from './answers.controller.ts';
import { DeferredAnswers } from './deferred-answers.ts';
import { DeferredWork } from './deferred-work.ts';
import { DeferredWorker } from './deferred-worker.ts';
import { AnswerMemory } from './answer-memory.ts';
import { CuratedAnswersRung } from './curated-answers-rung.ts';
import { ExcerptsRung } from './excerpts-rung.ts';
import { LadderExercise } from './ladder-exercise.ts';
import { Ladder } from './ladder.ts';
import { LastAnswerRung } from './last-answer-rung.ts';
import { PassageSearch } from './passage-search.ts';
import { QueryController } from './query.controller.ts';
import { QueryService } from './query.service.ts';
import { QUERY_TIME, queryTime, type QueryTime } from './query-time.ts';
import { QuestionEmbedding } from './question-embedding.ts';
import { Retrieval } from './retrieval.ts';
import type { Rung } from './rung.ts';
import { SearchController } from './search.controller.ts';
import { SearchService } from './search.service.ts';
import { SemanticCacheRung } from './semantic-cache-rung.ts';
import { SemanticCacheWriter } from './semantic-cache-writer.ts';
import { SemanticCache } from './semantic-cache.ts';

/** The fallback ladder, from its first rung to its last. */
const RUNGS = [LastAnswerRung, SemanticCacheRung, CuratedAnswersRung, ExcerptsRung];

/** Questions and search. */
@Module({
  controllers: [QueryController, AnswersController, SearchController],
  providers: [
    QueryService,
    SearchService,
    AnswerMemory,
    AnswerCache,
    DeferredAnswers,
    DeferredWork,
    DeferredWorker,
    SemanticCache,
    SemanticCacheWriter,
    Retrieval,
    PassageSearch,
    QuestionEmbedding,
    ...RUNGS,
    { provide: QUERY_TIME, inject: [APP_CONFIG, CLOCK], useFactory: queryTime },
    {
      provide: LadderExercise,
      inject: [APP_CONFIG, Metrics, LOGGER, QUERY_TIME, RANDOM, ...RUNGS],
      useFactory: (
        { fallback: { exerciseShare: share } }: AppConfig,
        metrics: Metrics,
        logger: Logger,
        time: QueryTime,
        random: () => number,
        ...rungs: Rung[]
      ) => new LadderExercise(rungs, { metrics, logger, time, share, random }),
    },
    {
      provide: Ladder,
      inject: [GenerationTargets, GuardRegistry, LOGGER, Metrics, QUERY_TIME, LadderExercise, ...RUNGS],
      useFactory: (
        targets: GenerationTargets,
        guards: GuardRegistry,
        logger: Logger,
        metrics: Metrics,
        time: QueryTime,
        exercise: LadderExercise,
        ...rungs: Rung[]
      ) => new Ladder(rungs, exercise, { targets, guards, logger, metrics, time }),
    },
  ],
})
export class QueryModule {}
