import { Client } from 'pg';
import { pino } from 'pino';
import type * as appConfigModule from '../src/config/app-config.ts';
import type * as loadConfigModule from '../src/config/load-config.ts';
import type * as hashingModule from '../src/local/hashing-embedder.ts';
import type * as corpusModule from '../src/postgres/corpus/corpus.repository.ts';
import type { Database } from '../src/postgres/connection/database.ts';
import type * as documentsModule from '../src/postgres/corpus/documents.repository.ts';
import type { DocumentsRepository } from '../src/postgres/corpus/documents.repository.ts';
import type * as embeddingsModule from '../src/postgres/search/embeddings.repository.ts';
import type { EmbeddingModel, EmbeddingsRepository } from '../src/postgres/search/embeddings.repository.ts';
import type * as openPostgresModule from '../src/postgres/open-postgres.ts';
import type * as searchModule from '../src/postgres/search/search.repository.ts';
import type { SearchRepository } from '../src/postgres/search/search.repository.ts';
import type * as indexesModule from '../src/postgres/search/vector-indexes.ts';
import type * as clockModule from '../src/resilience/time/clock.ts';
import type * as guardModule from '../src/resilience/guard/guard.ts';
import { createNativeDatabase } from '../test/support/postgres/native-postgres.ts';
import { importBuilt } from './built.ts';
import type { DataSet } from './data-set.ts';
import { SentenceMixer } from './sentence-mixer.ts';

/** What taking chunks in cost. */
export interface LoadCosts {
  /** Milliseconds to store a chunk with its full text, and its vector without an index. */
  textMs: number;
  vectorMs: number;
  /** Seconds to make the vector index over everything stored until now. */
  indexSeconds: number;
}

/** The tenants: one document in a hundred belongs to `small`. */
export const LARGE = 'default';
export const SMALL = 'small';
/** Filters, by how many in a hundred documents pass. */
export const FILTERS = { 1: { one: true }, 10: { ten: true }, 50: { fifty: true } };

const CHUNKS_PER_DOCUMENT = 100;
const SHARE = 100;
/** Without a divisor of the former, so that those that pass a filter do not stand side by side. */
const SPREAD = 37;
const LIMIT_MS = 600_000;
/** Keeps the graph of a million vectors in memory while it is made. */
const INDEX_MEMORY = '4GB';

interface Parts {
  url: string;
  database: Database;
  search: SearchRepository;
  model: EmbeddingModel;
  documents: DocumentsRepository;
  embeddings: EmbeddingsRepository;
  embedder: { embed(texts: string[], signal: AbortSignal): Promise<number[][]> };
  texts: SentenceMixer;
  stack: AsyncDisposableStack;
}

/** A database that grows from size to size, filled with texts that are put together from a set's sentences. */
export class LargeCorpus implements AsyncDisposable {
  private readonly parts: Parts;
  private stored = 0;

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Where it is. */
  get url(): string {
    return this.parts.url;
  }

  get database(): Database {
    return this.parts.database;
  }

  get search(): SearchRepository {
    return this.parts.search;
  }

  /** Of its vectors. */
  get model(): EmbeddingModel {
    return this.parts.model;
  }

  /** An empty one on a database of its own. */
  static async create(set: DataSet): Promise<LargeCorpus> {
    const { guardSettings } = await importBuilt<typeof appConfigModule>('config/app-config');
    const { loadConfig } = await importBuilt<typeof loadConfigModule>('config/load-config');
    const { HashingEmbedder } = await importBuilt<typeof hashingModule>('local/hashing-embedder');
    const { CorpusRepository } = await importBuilt<typeof corpusModule>('postgres/corpus/corpus.repository');
    const { DocumentsRepository } = await importBuilt<typeof documentsModule>(
      'postgres/corpus/documents.repository',
    );
    const { EmbeddingsRepository } = await importBuilt<typeof embeddingsModule>(
      'postgres/search/embeddings.repository',
    );
    const { openPostgres } = await importBuilt<typeof openPostgresModule>('postgres/open-postgres');
    const { SearchRepository } = await importBuilt<typeof searchModule>('postgres/search/search.repository');
    const { VectorIndexes } = await importBuilt<typeof indexesModule>('postgres/search/vector-indexes');
    const { systemClock } = await importBuilt<typeof clockModule>('resilience/time/clock');
    const { Guard } = await importBuilt<typeof guardModule>('resilience/guard/guard');

    await using stack = new AsyncDisposableStack();
    const native = await createNativeDatabase();
    stack.defer(() => native.drop());
    const config = loadConfig({ DATABASE_URL: native.url, DATABASE_TIMEOUT_MS: String(LIMIT_MS) });
    const guard = new Guard('postgres', guardSettings(config, 'postgres'), systemClock, () => undefined);
    const logger = pino({ level: 'silent' });
    const postgres = await openPostgres(config.database, guard, systemClock, logger, Math.random);
    stack.defer(() => postgres.close());
    const { database, migrations } = postgres;
    const [target] = config.embedding.targets;
    const embedder = new HashingEmbedder(target.model);
    const [probe] = await embedder.embed(['probe'], new AbortController().signal);
    const indexes = new VectorIndexes(database, migrations, systemClock, logger);
    const embeddings = new EmbeddingsRepository(database, indexes);
    const model = await embeddings.registerModel(target.model, probe?.length ?? 0);
    await indexes.whenBuilt();
    return new LargeCorpus({
      url: native.url,
      database,
      search: new SearchRepository(database),
      model,
      documents: new DocumentsRepository(database, new CorpusRepository(database)),
      embeddings,
      embedder,
      texts: new SentenceMixer(set),
      stack: stack.move(),
    });
  }

  /** The vectors of texts. */
  embed(texts: string[], signal: AbortSignal): Promise<number[][]> {
    return this.parts.embedder.embed(texts, signal);
  }

  /** Grows to `size` chunks. The vector index is made at the end, as for a corpus that is loaded at once. */
  async growTo(size: number, signal: AbortSignal): Promise<LoadCosts> {
    const client = new Client({ connectionString: this.url, options: '-c search_path=failsoft,public' });
    await client.connect();
    try {
      const name = `chunk_embeddings_model_${this.model.id}`;
      const { rows } = await client.query<{ indexdef: string }>(
        'SELECT indexdef FROM pg_indexes WHERE indexname = $1',
        [name],
      );
      await client.query(`DROP INDEX ${name}`);
      const before = this.stored;
      const spent = { text: 0, vector: 0 };
      let embedded = Promise.resolve();
      for (; this.stored < size; this.stored += CHUNKS_PER_DOCUMENT) {
        const embed = await this.storeDocument(spent, signal);
        await embedded;
        embedded = embed();
        embedded.catch(() => undefined);
      }
      await embedded;
      await client.query(`SET maintenance_work_mem = '${INDEX_MEMORY}'`);
      const startedAt = performance.now();
      await client.query(rows[0]?.indexdef ?? '');
      const indexSeconds = (performance.now() - startedAt) / 1_000;
      await client.query('VACUUM ANALYZE');
      const added = this.stored - before;
      return { textMs: spent.text / added, vectorMs: spent.vector / added, indexSeconds };
    } finally {
      await client.end();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.stack.disposeAsync();
  }

  /** @returns what stores the vectors, which may go on beside the next document */
  private async storeDocument(
    spent: { text: number; vector: number },
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    const number = this.stored / CHUNKS_PER_DOCUMENT;
    const id = `document-${number}`;
    const tenantId = number % SHARE === 0 ? SMALL : LARGE;
    const passed = Object.entries(FILTERS).filter(
      ([share]) => ((number + 1) * SPREAD) % SHARE < Number(share),
    );
    const metadata = Object.assign({}, ...passed.map(([, filter]) => filter)) as Record<string, boolean>;
    const texts = Array.from({ length: CHUNKS_PER_DOCUMENT }, () => this.parts.texts.next());
    const chunks = texts.map((text, ordinal) => ({
      ordinal,
      heading: null,
      text,
      tokens: 100,
      contentHash: `${id}/${ordinal}`,
    }));
    const document = { id, title: null, url: null, format: 'text', text: '', metadata, contentHash: id };
    const startedAt = performance.now();
    await this.parts.documents.save(tenantId, { ...document, bundled: false }, chunks, signal);
    spent.text += performance.now() - startedAt;
    return () => this.storeVectors(id, tenantId, texts, spent, signal);
  }

  private async storeVectors(
    id: string,
    tenantId: string,
    texts: string[],
    spent: { vector: number },
    signal: AbortSignal,
  ): Promise<void> {
    const rows = await this.database.query<{ id: string }>(
      'SELECT id::text FROM chunks WHERE tenant_id = $1 AND document_id = $2 ORDER BY ordinal',
      [tenantId, id],
    );
    const vectors = await this.embed(texts, signal);
    const embedded = rows.map((row, index) => ({
      tenantId,
      chunkId: row.id,
      embedding: vectors[index] ?? [],
    }));
    const embeddedAt = performance.now();
    await this.parts.embeddings.save(this.model, embedded, signal);
    spent.vector += performance.now() - embeddedAt;
  }
}
