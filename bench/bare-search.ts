import { Pool } from 'pg';
import type { Database } from '../src/postgres/connection/database.ts';
import type * as searchModule from '../src/postgres/search/search.repository.ts';
import type { SearchRepository, SearchScope } from '../src/postgres/search/search.repository.ts';
import { importBuilt } from './built.ts';
import type { LargeCorpus } from './large-corpus.ts';

/** A question's two searches over connections of the driver alone, without the service around them. */
export class BareSearch implements AsyncDisposable {
  private readonly corpus: LargeCorpus;
  private readonly pool: Pool;
  private readonly search: SearchRepository;

  private constructor(corpus: LargeCorpus, pool: Pool, search: SearchRepository) {
    this.corpus = corpus;
    this.pool = pool;
    this.search = search;
  }

  /** Over two connections that do not compile statements, as the service's do not. */
  static async create(corpus: LargeCorpus): Promise<BareSearch> {
    const { SearchRepository } = await importBuilt<typeof searchModule>('postgres/search/search.repository');
    const pool = new Pool({
      connectionString: corpus.url,
      max: 2,
      options: '-c jit=off -c search_path=failsoft,public',
    });
    // Of a database the repository uses this alone.
    const plain: Pick<Database, 'read'> = {
      async read<R extends object>(text: string, values: unknown[] = []) {
        return (await pool.query<R>(text, values)).rows;
      },
    };
    return new BareSearch(corpus, pool, new SearchRepository(plain as Database));
  }

  /** @returns the milliseconds that both took, side by side */
  async time(question: string, scope: SearchScope, signal: AbortSignal): Promise<number> {
    const { corpus, search } = this;
    const [embedding = []] = await corpus.embed([question], signal);
    const near = { model: corpus.model, embedding };
    const startedAt = performance.now();
    await Promise.all([search.searchText(question, scope, near), search.searchVector(near, scope)]);
    return performance.now() - startedAt;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.end();
  }
}
