import type { Database } from '../../../src/postgres/connection/database.ts';
import { EmbeddingRefusalsRepository } from '../../../src/postgres/search/embedding-refusals.repository.ts';
import { EmbeddingsRepository } from '../../../src/postgres/search/embeddings.repository.ts';
import type { StartupMigrations } from '../../../src/postgres/migrations/startup-migrations.ts';
import { VectorIndexes } from '../../../src/postgres/search/vector-indexes.ts';
import { systemClock, type Clock } from '../../../src/resilience/time/clock.ts';
import { silentLogger } from './database.ts';

/** What stores vectors in a database that is migrated, and builds their indexes. */
export function createEmbeddings(database: Database, logger = silentLogger, clock: Clock = systemClock) {
  const migrations: Pick<StartupMigrations, 'whenReady'> = { whenReady: () => Promise.resolve() };
  const indexes = new VectorIndexes(database, migrations as StartupMigrations, clock, logger);
  const refusals = new EmbeddingRefusalsRepository(database);
  return { indexes, refusals, embeddings: new EmbeddingsRepository(database, indexes) };
}
