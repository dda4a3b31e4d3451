import { Global, Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CIRCUIT_STORE } from '../resilience/circuit-store.ts';
import type { Clock } from '../resilience/clock.ts';
import { PEER_CHANNEL, type PeerChannel } from '../resilience/peer-channel.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { AdminActionsRepository } from './admin-actions.repository.ts';
import { CircuitStateRepository } from './circuit-state.repository.ts';
import { CorpusRevisions } from './corpus-revisions.ts';
import { CorpusRepository } from './corpus.repository.ts';
import { Database } from './database.ts';
import { DeferredWrites } from './deferred-rows.ts';
import { DocumentsRepository } from './documents.repository.ts';
import { EarlierQuestionsRepository } from './earlier-questions.repository.ts';
import { EmbeddingsRepository } from './embeddings.repository.ts';
import { JobQueue } from './job-queue.ts';
import { SearchRepository } from './search.repository.ts';
import { ServingModelRepository } from './serving-model.repository.ts';
import { StateChangesRepository } from './state-changes.repository.ts';
import { VectorIndexes } from './vector-indexes.ts';

/** What is stored, as the features ask for it. */
@Global()
@Module({
  providers: [
    DocumentsRepository,
    EmbeddingsRepository,
    VectorIndexes,
    ServingModelRepository,
    SearchRepository,
    CorpusRepository,
    AdminActionsRepository,
    StateChangesRepository,
    JobQueue,
    EarlierQuestionsRepository,
    DeferredWrites,
    {
      provide: CIRCUIT_STORE,
      inject: [Database, APP_CONFIG],
      useFactory: (database: Database, { instanceName }: AppConfig) =>
        new CircuitStateRepository(database, instanceName),
    },
    {
      provide: CorpusRevisions,
      inject: [CorpusRepository, CLOCK, APP_CONFIG, PEER_CHANNEL],
      useFactory: (
        repository: CorpusRepository,
        clock: Clock,
        { cache, deferred, database }: AppConfig,
        channel: PeerChannel | undefined,
      ) => {
        const keepSeconds = Math.max(cache.keepSeconds, deferred.maxAgeSeconds);
        // The embedded database belongs to one process.
        const isShared = database.url !== undefined;
        return new CorpusRevisions(repository, clock, keepSeconds, { isShared, channel });
      },
    },
  ],
  exports: [
    DocumentsRepository,
    EmbeddingsRepository,
    ServingModelRepository,
    SearchRepository,
    CorpusRepository,
    CorpusRevisions,
    AdminActionsRepository,
    StateChangesRepository,
    JobQueue,
    EarlierQuestionsRepository,
    DeferredWrites,
    CIRCUIT_STORE,
  ],
})
export class RepositoriesModule {}
