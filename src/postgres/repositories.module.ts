import { Global, Module } from '@nestjs/common';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { AdminActionsRepository } from './admin-actions.repository.ts';
import { CorpusRevisions } from './corpus-revisions.ts';
import { CorpusRepository } from './corpus.repository.ts';
import { DocumentsRepository } from './documents.repository.ts';
import { EmbeddingsRepository } from './embeddings.repository.ts';
import { SearchRepository } from './search.repository.ts';
import { StateChangesRepository } from './state-changes.repository.ts';

/** What is stored, as the features ask for it. */
@Global()
@Module({
  providers: [
    DocumentsRepository,
    EmbeddingsRepository,
    SearchRepository,
    CorpusRepository,
    AdminActionsRepository,
    StateChangesRepository,
    {
      provide: CorpusRevisions,
      inject: [CorpusRepository, CLOCK],
      useFactory: (repository: CorpusRepository, clock: Clock) => new CorpusRevisions(repository, clock),
    },
  ],
  exports: [
    DocumentsRepository,
    EmbeddingsRepository,
    SearchRepository,
    CorpusRepository,
    CorpusRevisions,
    AdminActionsRepository,
    StateChangesRepository,
  ],
})
export class RepositoriesModule {}
