import { Global, Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CIRCUIT_STORE } from '../resilience/sharing/circuit-store.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { PEER_CHANNEL, type PeerChannel } from '../resilience/sharing/peer-channel.ts';
import { AdminActionsRepository } from './records/admin-actions.repository.ts';
import { CircuitStateRepository } from './records/circuit-state.repository.ts';
import { ChunksRepository } from './corpus/chunks.repository.ts';
import { CorpusRevisionCache } from './corpus/corpus-revision-cache.ts';
import { CorpusRepository } from './corpus/corpus.repository.ts';
import { Database } from './connection/database.ts';
import { DeferredWrites } from './records/write-behind-queue.ts';
import { DocumentsRepository } from './corpus/documents.repository.ts';
import { AnsweredQuestionsRepository } from './records/answered-questions.repository.ts';
import { EmbeddingRefusalsRepository } from './search/embedding-refusals.repository.ts';
import { EmbeddingsRepository } from './search/embeddings.repository.ts';
import { JobQueue } from './records/job-queue.ts';
import { SearchRepository } from './search/search.repository.ts';
import { ServingModelRepository } from './search/serving-model.repository.ts';
import { StateChangesRepository } from './records/state-changes.repository.ts';
import { VectorIndexes } from './search/vector-indexes.ts';

/** Provides the repositories. */
@Global()
@Module({
  providers: [
    DocumentsRepository,
    ChunksRepository,
    EmbeddingsRepository,
    EmbeddingRefusalsRepository,
    VectorIndexes,
    ServingModelRepository,
    SearchRepository,
    CorpusRepository,
    AdminActionsRepository,
    StateChangesRepository,
    JobQueue,
    AnsweredQuestionsRepository,
    DeferredWrites,
    {
      provide: CIRCUIT_STORE,
      inject: [Database, APP_CONFIG],
      useFactory: (database: Database, { instanceName }: AppConfig) =>
        new CircuitStateRepository(database, instanceName),
    },
    {
      provide: CorpusRevisionCache,
      inject: [CorpusRepository, CLOCK, APP_CONFIG, PEER_CHANNEL],
      useFactory: (
        repository: CorpusRepository,
        clock: Clock,
        { cache, deferred, database }: AppConfig,
        channel: PeerChannel | undefined,
      ) => {
        const keepSeconds = Math.max(cache.keepSeconds, deferred.maxAgeSeconds);
        // Only one process uses an embedded database.
        const isShared = database.url !== undefined;
        return new CorpusRevisionCache(repository, clock, keepSeconds, { isShared, channel });
      },
    },
  ],
  exports: [
    DocumentsRepository,
    ChunksRepository,
    EmbeddingsRepository,
    EmbeddingRefusalsRepository,
    ServingModelRepository,
    SearchRepository,
    CorpusRepository,
    CorpusRevisionCache,
    AdminActionsRepository,
    StateChangesRepository,
    JobQueue,
    AnsweredQuestionsRepository,
    DeferredWrites,
    CIRCUIT_STORE,
  ],
})
export class RepositoriesModule {}
