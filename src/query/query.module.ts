import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AnswerSources } from '../resilience/health/answer-sources.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { GenerationTargets } from '../targets/generation/generation-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { AnswerStreams } from './answer-stream/answer-streams.ts';
import { StreamsController } from './answer-stream/streams.controller.ts';
import { AnswersInProgress } from './answer-stream/answers-in-progress.ts';
import { AnswerCache } from './answer-cache/answer-cache.ts';
import { Condensing } from './conversation/condensing.ts';
import { DeletedTextPurge } from './answer-cache/deleted-text-purge.ts';
import { AnswersController } from './deferred/answers.controller.ts';
import { DeferredAnswerStore } from './deferred/deferred-answers.ts';
import { DeferredAnswering } from './deferred/deferred-answering.ts';
import { DeferredAnsweringJob } from './deferred/deferred-answering-job.ts';
import { Freshness } from './answer/freshness.ts';
import { AnswerGeneration } from './generation/answer-generation.ts';
import { CuratedAnswersRung } from './ladder/curated-answers-rung.ts';
import { ExcerptsRung } from './ladder/excerpts-rung.ts';
import { LadderCanary } from './ladder/ladder-canary.ts';
import { Ladder } from './ladder/ladder.ts';
import { LastAnswerRung } from './ladder/last-answer-rung.ts';
import { PassageSearch } from './retrieval/passage-search.ts';
import { PassagesController } from './passages/passages.controller.ts';
import { Passages } from './passages/passages.ts';
import { QueryController } from './query.controller.ts';
import { QueryMetrics } from './query-metrics.ts';
import { QueryService } from './query.service.ts';
import { AnswerDeadlines } from './answer/answer-deadlines.ts';
import { QuestionEmbedding } from './retrieval/question-embedding.ts';
import { Reranking } from './retrieval/reranking.ts';
import { Retrieval } from './retrieval/retrieval.ts';
import { LADDER_RUNGS, type Rung } from './ladder/rung.ts';
import { SearchController } from './search/search.controller.ts';
import { SearchService } from './search/search.service.ts';
import { SemanticCacheRung } from './ladder/semantic-cache-rung.ts';
import { SemanticCacheWriter } from './semantic-cache/semantic-cache-writer.ts';
import { SemanticCache } from './semantic-cache/semantic-cache.ts';

/** The fallback ladder, from its first rung to its last. */
const RUNGS = [LastAnswerRung, SemanticCacheRung, CuratedAnswersRung, ExcerptsRung];

/** Answers questions and searches documents. */
@Module({
  controllers: [QueryController, StreamsController, AnswersController, SearchController, PassagesController],
  providers: [
    QueryService,
    QueryMetrics,
    AnswerDeadlines,
    AnswerCache,
    Condensing,
    AnswersInProgress,
    AnswerStreams,
    DeletedTextPurge,
    Freshness,
    AnswerGeneration,
    DeferredAnswerStore,
    DeferredAnswering,
    DeferredAnsweringJob,
    SemanticCache,
    SemanticCacheWriter,
    Retrieval,
    PassageSearch,
    SearchService,
    Passages,
    QuestionEmbedding,
    Reranking,
    ...RUNGS,
    { provide: LADDER_RUNGS, inject: RUNGS, useFactory: (...rungs: Rung[]) => rungs },
    LadderCanary,
    {
      provide: Ladder,
      inject: [
        LADDER_RUNGS,
        LadderCanary,
        GenerationTargets,
        GuardRegistry,
        LOGGER,
        Metrics,
        AnswerDeadlines,
      ],
      useFactory: (
        rungs: Rung[],
        canary: LadderCanary,
        targets: GenerationTargets,
        guards: GuardRegistry,
        logger: Logger,
        metrics: Metrics,
        deadlines: AnswerDeadlines,
      ) => new Ladder(rungs, canary, { targets, guards, logger, metrics, deadlines }),
    },
  ],
  exports: [QueryService, QueryMetrics, AnswerStreams, SearchService, Passages],
})
export class QueryModule {
  constructor(sources: AnswerSources, curated: CuratedAnswersRung) {
    sources.register(curated.source, () => curated.hasAnswers);
  }
}
