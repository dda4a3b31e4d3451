import type { Database } from '../../src/postgres/database.ts';
import { EmbeddingsRepository } from '../../src/postgres/embeddings.repository.ts';
import type { Migrations } from '../../src/postgres/migrations.ts';
import { VectorIndexes } from '../../src/postgres/vector-indexes.ts';
import { systemClock, type Clock } from '../../src/resilience/clock.ts';
import { silentLogger } from './database.ts';

/** What stores vectors in a database that is migrated, and builds their indexes. */
export function createEmbeddings(database: Database, logger = silentLogger, clock: Clock = systemClock) {
  const migrations: Pick<Migrations, 'whenReady'> = { whenReady: () => Promise.resolve() };
  const indexes = new VectorIndexes(database, migrations as Migrations, clock, logger);
  return { indexes, embeddings: new EmbeddingsRepository(database, indexes) };
}
