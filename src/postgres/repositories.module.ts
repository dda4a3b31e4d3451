import { Global, Module } from '@nestjs/common';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { CorpusRevisions } from './corpus-revisions.ts';
import { CorpusRepository } from './corpus.repository.ts';
import { DocumentsRepository } from './documents.repository.ts';
import { EmbeddingsRepository } from './embeddings.repository.ts';
import { SearchRepository } from './search.repository.ts';

/** What is stored, as the features ask for it. */
@Global()
@Module({
  providers: [
    DocumentsRepository,
    EmbeddingsRepository,
    SearchRepository,
    CorpusRepository,
    {
      provide: CorpusRevisions,
      inject: [CorpusRepository, CLOCK],
      useFactory: (repository: CorpusRepository, clock: Clock) => new CorpusRevisions(repository, clock),
    },
  ],
  exports: [DocumentsRepository, EmbeddingsRepository, SearchRepository, CorpusRepository, CorpusRevisions],
})
export class RepositoriesModule {}
