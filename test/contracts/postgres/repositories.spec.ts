import { setTimeout as sleep } from 'node:timers/promises';
import type { NewChunk } from '../../../src/postgres/corpus/chunk-diff.ts';
import { REVISIONS_PER_CORPUS } from '../../../src/postgres/corpus/corpus-revision.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import type { Database, Transaction } from '../../../src/postgres/connection/database.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import type { EmbeddingsRepository } from '../../../src/postgres/search/embeddings.repository.ts';
import { SearchRepository, type SearchScope } from '../../../src/postgres/search/search.repository.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import type { Guard } from '../../../src/resilience/guard/guard.ts';
import type { VectorIndexes } from '../../../src/postgres/search/vector-indexes.ts';
import { createDocument } from '../../support/postgres/database.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import { until } from '../../support/until.ts';

const MODEL = 'test-model';

function chunks(...texts: string[]): NewChunk[] {
  return texts.map((text, ordinal) => ({ ordinal, heading: null, text, tokens: 5, contentHash: text }));
}

/** A unit vector in the plane of the first two of four dimensions. */
function vectorAt(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians), 0, 0];
}

/** Gets the rows of new chunks in another order than they were sent in: SQL leaves it to the server. */
class ReversedRows extends CorpusRepository {
  override write<T>(
    tenant: string,
    work: (tx: Transaction, revision: number) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const reversing = (tx: Transaction): Transaction => ({
      async query<R extends object>(sql: string, parameters?: unknown[]): Promise<R[]> {
        const rows = await tx.query<R>(sql, parameters);
        return sql.startsWith('INSERT INTO chunks') ? rows.toReversed() : rows;
      },
    });
    return super.write(tenant, (tx, revision) => work(reversing(tx), revision), signal);
  }
}

for (const { name, describeOn, start } of servers) {
  describeOn(`repositories on ${name} Postgres`, () => {
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let indexes: VectorIndexes;
    let search: SearchRepository;
    let database: Database;
    let guard: Guard;
    let events: GuardEvent[];
    let close: () => Promise<void>;
    let corpus: CorpusRepository;

    beforeAll(async () => {
      ({ database, guard, events, close } = await startMigrated(start));
      corpus = new CorpusRepository(database);
      documents = new DocumentsRepository(database, corpus);
      ({ embeddings, indexes } = createEmbeddings(database));
      search = new SearchRepository(database);
    });

    afterAll(() => close());

    async function embed(tenantId: string, angle: (text: string) => number): Promise<void> {
      const model = await embeddings.registerModel(MODEL, 4);
      await indexes.whenBuilt();
      const page = { size: 10_000, after: '0' };
      const { pending } = await embeddings.pendingChunks(MODEL, { tenantId }, page);
      const vectors = pending.map(({ id, text }) => ({
        tenantId,
        chunkId: id,
        embedding: vectorAt(angle(text)),
      }));
      for (let from = 0; from < vectors.length; from += 500)
        await embeddings.save(model, vectors.slice(from, from + 500));
    }

    it('store a document, list it page by page, and find it again', async () => {
      const tenant = 'lists';
      for (const id of ['c', 'a', 'b'])
        await documents.save(tenant, createDocument(id), chunks('one', 'two'));
      const first = await documents.list(tenant, MODEL, { limit: 2, after: null });
      expect(first.map(({ id, chunks: count, pending }) => [id, count, pending])).toEqual([
        ['a', 2, 2],
        ['b', 2, 2],
      ]);
      expect((await documents.list(tenant, MODEL, { limit: 2, after: 'b' })).map(({ id }) => id)).toEqual([
        'c',
      ]);
      expect(await documents.find(tenant, MODEL, 'a')).toMatchObject({
        id: 'a',
        text: 'text of a',
        metadata: {},
      });
      expect(await documents.find('nobody', MODEL, 'a')).toBeUndefined();
    });

    it('keep unchanged chunks and their vectors when a document is updated', async () => {
      const tenant = 'updates';
      await documents.save(tenant, createDocument('a'), chunks('first', 'second', 'third'));
      await embed(tenant, () => 0);
      await documents.save(
        tenant,
        createDocument('a', { contentHash: 'new' }),
        chunks('third', 'fourth', 'first'),
      );
      const page = { size: 10, after: '0' };
      const { pending } = await embeddings.pendingChunks(MODEL, { tenantId: tenant }, page);
      expect(pending.map(({ text }) => text)).toEqual(['fourth']);
      expect((await documents.chunkStates(tenant, MODEL, ['a'])).get('a')).toEqual({ chunks: 3, pending: 1 });
      expect((await documents.contentHashes(tenant, ['a', 'b'], false)).get('a')).toBe('new');
    });

    it('give different tenants different starting revisions', async () => {
      const starts = new Set<number>();
      for (const tenant of ['one', 'other', 'third']) {
        await documents.save(tenant, createDocument('a'), chunks('one'));
        const { revision } = await corpus.read(tenant, 0);
        expect(revision % REVISIONS_PER_CORPUS).toBe(1);
        expect(Number.isSafeInteger(revision)).toBe(true);
        starts.add(revision);
      }
      // Three times the same by chance: once in a billion runs.
      expect(starts.size).toBeGreaterThan(1);
    });

    it('raise the revision with every change and record deletions', async () => {
      const tenant = 'revisions';
      expect(await corpus.read(tenant, 0)).toEqual({ revision: 0, deletions: [] });
      await documents.save(tenant, createDocument('a'), chunks('one'));
      const { revision: first } = await corpus.read(tenant, 0);
      await documents.save(tenant, createDocument('b'), chunks('two'));
      expect(await documents.delete(tenant, 'a')).toEqual({ revision: first + 2, deleted: ['a'] });
      expect(await documents.delete(tenant, 'a')).toBeUndefined();
      const deletions = [{ documentId: 'a', revision: first + 2 }];
      expect(await corpus.read(tenant, 0)).toEqual({ revision: first + 2, deletions });
      await corpus.bump(tenant);
      expect(await corpus.read(tenant, first + 2)).toEqual({ revision: first + 3, deletions: [] });
      await sleep(5);
      await corpus.forgetDeletions(0, Date.now());
      expect((await corpus.read(tenant, 0)).deletions).toEqual([]);
    });

    it('serialise the writers of one tenant without a conflict', async () => {
      const tenant = 'writers';
      await documents.save(tenant, createDocument('a'), chunks('one'));
      const { revision } = await corpus.read(tenant, 0);
      events.length = 0;
      const bumps = Array.from({ length: 4 }, () => corpus.bump(tenant));
      await Promise.all([documents.save(tenant, createDocument('b'), chunks('two')), ...bumps]);
      expect((await corpus.read(tenant, 0)).revision).toBe(revision + 5);
      expect(events.map(({ type }) => type)).not.toContain('retry');
    });

    it('report a document as created to only one of its concurrent writers', async () => {
      const hashes = ['one', 'one', 'one', 'other', 'other', 'other'];
      const repositories = [documents, new DocumentsRepository(database, new CorpusRepository(database))];
      const changes = await Promise.all(
        hashes.map((contentHash, index) =>
          repositories[index % 2]?.save('race', createDocument('a', { contentHash }), chunks(contentHash)),
        ),
      );
      const statuses = changes.map((change) => change?.status);
      expect(statuses.filter((status) => status === 'created')).toHaveLength(1);
      expect(statuses).toContain('updated');
      const { status } = await documents.save(
        'race',
        createDocument('a', { contentHash: 'new' }),
        chunks('new'),
      );
      expect(status).toBe('updated');
      const again = await documents.save('race', createDocument('a', { contentHash: 'new' }), chunks('new'));
      expect(again).toMatchObject({ status: 'unchanged', deleted: [] });
    });

    it('replace the bundled documents by the first own document', async () => {
      const tenant = 'bundled';
      await documents.save(tenant, createDocument('docs/a', { bundled: true }), chunks('bundled words'));
      await documents.save(tenant, createDocument('docs/b', { bundled: true }), chunks('bundled words'));
      await documents.save(tenant, createDocument('mine'), chunks('own words'));
      const left = await documents.list(tenant, MODEL, { limit: 10, after: null });
      expect(left.map(({ id }) => id)).toEqual(['mine']);
      const { deletions } = await corpus.read(tenant, 0);
      expect(deletions.map(({ documentId }) => documentId).sort()).toEqual(['docs/a', 'docs/b']);
    });

    it('find chunks with any word of the question, best first, of one tenant and filter', async () => {
      const tenant = 'words';
      await documents.save(
        tenant,
        createDocument('a', { metadata: { lang: 'en' } }),
        chunks('The fuse melts at high current.'),
      );
      await documents.save(
        tenant,
        createDocument('b', { metadata: { lang: 'de' } }),
        chunks('A fuse is a wire.'),
      );
      await documents.save('other', createDocument('c'), chunks('A fuse elsewhere.'));
      const scope = { tenantId: tenant, filter: {}, limit: 10 };
      const found = await search.searchText('When does a fuse melt?', scope);
      expect(found.map(({ document_id }) => document_id)).toEqual(['a', 'b']);
      const german = await search.searchText('fuse', { ...scope, filter: { lang: 'de' } });
      expect(german.map(({ document_id }) => document_id)).toEqual(['b']);
      expect(await search.searchText('the of and', scope)).toEqual([]);
      expect(await search.searchText(`'; DROP TABLE documents; -- & | ! ( ) : * <-> \\ "`, scope)).toEqual(
        [],
      );
      expect(await search.searchText('fuse', { ...scope, filter: { lang: `x' OR '1'='1` } })).toEqual([]);
    });

    it('find other forms of a word in the language of the document', async () => {
      const tenant = 'languages';
      await documents.save(
        tenant,
        createDocument('en'),
        chunks('The bridges of the town are closed in winter because of the ice on them.'),
      );
      await documents.save(
        tenant,
        createDocument('de'),
        chunks('Die Häuser der Stadt sind im Winter mit Holz geheizt und werden von der Gemeinde gepflegt.'),
      );
      await documents.save(
        tenant,
        createDocument('ko'),
        chunks('김치찌개는 돼지고기와 김치로 끓이는 한국의 대표적인 음식이다.'),
      );
      await documents.save(tenant, createDocument('zh'), chunks('东京大学位于日本东京都文京区。'));
      const found = async (question: string) =>
        (await search.searchText(question, { tenantId: tenant, filter: {}, limit: 10 })).map(
          ({ document_id: id }) => id,
        );
      expect(await found('When is a bridge closed?')).toEqual(['en']);
      expect(await found('Womit wird ein Haus geheizt?')).toEqual(['de']);
      expect(await found('東京')).toEqual([]);
      expect(await found('东京大学在哪里？')).toEqual(['zh']);
      for (const word of ['김치찌개', '돼지고기', '한국', '음식', '한국의 음식은?'])
        expect(await found(word)).toEqual(['ko']);
      expect(await found('区')).toEqual(['zh']);
    });

    it("treat a document of unknown language as one of the tenant's usual language", async () => {
      const list = Array.from({ length: 40 }, (_, number) => `Bridges${number}`).join(' bridges ');
      const mostly = 'It is the oldest of the towers in the town, and it is closed in the winter.';
      const languages = (tenant: string) =>
        database.query('SELECT language FROM corpus_languages WHERE tenant_id = $1 ORDER BY 1', [tenant]);
      await documents.save('lists-alone', createDocument('list'), chunks(list));
      expect(await languages('lists-alone')).toEqual([{ language: 'simple' }]);
      await documents.save('lists-among', createDocument('text'), chunks(mostly));
      await documents.save('lists-among', createDocument('list'), chunks(list));
      expect(await languages('lists-among')).toEqual([{ language: 'english' }]);
      await documents.save('short-alone', createDocument('short'), chunks('Zamek w Malborku'));
      expect(await languages('short-alone')).toEqual([{ language: 'english' }]);
      await documents.save('lists-alone', createDocument('short'), chunks('Zamek w Malborku'));
      expect(await languages('lists-alone')).toEqual([{ language: 'simple' }]);
    });

    it('find words of the title and of the headings', async () => {
      const tenant = 'titles';
      await documents.save(
        tenant,
        createDocument('a', { title: 'Lighthouse keeping' }),
        chunks('Clean the lens daily.'),
      );
      const [chunk] = chunks('Wind it up at dusk.');
      if (chunk) await documents.save(tenant, createDocument('b'), [{ ...chunk, heading: 'The clockwork' }]);
      const scope = { tenantId: tenant, filter: {}, limit: 10 };
      expect(await search.searchText('lighthouse', scope)).toMatchObject([{ document_id: 'a' }]);
      expect(await search.searchText('clockworks', scope)).toMatchObject([{ document_id: 'b' }]);
    });

    it('find each chunk by its own words, in whatever order the server returns new ones', async () => {
      const tenant = 'reversed';
      const texts = ['The lighthouse shines.', 'The clockwork ticks.', 'The harbour sleeps.'];
      const reversed = new DocumentsRepository(database, new ReversedRows(database));
      await reversed.save(tenant, createDocument('a'), chunks(...texts));
      const scope = { tenantId: tenant, filter: {}, limit: 10 };
      for (const [word, text] of [
        ['lighthouse', texts[0]],
        ['clockwork', texts[1]],
        ['harbour', texts[2]],
      ])
        expect(await search.searchText(word ?? '', scope)).toMatchObject([{ text }]);
    });

    it('rank the same after any changes as if only what is left had ever been stored', async () => {
      const tides = 'The tide is high at noon, and the tide is low in the evening.';
      const texts = new Map([
        ['a', [tides, 'Boats wait for the high tide before they leave the harbour.']],
        ['b', ['The harbour is closed in the winter.']],
        ['c', ['At noon the harbour master eats, whether the boats wait or not.']],
      ]);
      for (const [id, parts] of texts) await documents.save('plain', createDocument(id), chunks(...parts));
      await documents.save(
        'changed',
        createDocument('gone'),
        chunks(...Array.from({ length: 450 }, (_, n) => `tide ${n}`)),
      );
      await documents.save('changed', createDocument('a'), chunks('The harbour and the tide.', tides));
      for (const [id, parts] of texts)
        await documents.save('changed', createDocument(id, { contentHash: 'new' }), chunks(...parts));
      await documents.delete('changed', 'gone');
      const rank = async (tenantId: string) =>
        (
          await search.searchText('When is the tide high in the harbour?', {
            tenantId,
            filter: {},
            limit: 10,
          })
        ).map(({ document_id: id, text, score }) => [id, text, Number(score.toFixed(9))]);
      expect(await rank('changed')).toEqual(await rank('plain'));
      expect(await rank('plain')).toHaveLength(4);
    });

    it('count every term of a long document once when it is stored, changed and deleted', async () => {
      const tenant = 'long';
      const wrong = () =>
        database.query(
          `SELECT t.lexeme, t.chunks, n.chunks AS counted FROM terms t FULL JOIN (
           SELECT term, count(*)::int AS chunks FROM chunk_terms c CROSS JOIN unnest(c.terms) AS term
           WHERE c.tenant_id = $1 GROUP BY term
         ) n ON n.term = t.id
         WHERE (t.tenant_id = $1 OR t.id IS NULL) AND t.chunks IS DISTINCT FROM n.chunks`,
          [tenant],
        );
      const words = (from: number) => Array.from({ length: 60 }, (_, index) => `w${(from + index) % 700}`);
      const long = (parts: number, step: number) =>
        chunks(...Array.from({ length: parts }, (_, part) => `${words(part * step).join(' ')} ${part}`));
      await documents.save(tenant, createDocument('long'), long(200, 7));
      expect(await wrong()).toEqual([]);
      await documents.save(tenant, createDocument('long', { contentHash: 'new' }), long(220, 11));
      expect(await wrong()).toEqual([]);
      const sums = () =>
        database.query(
          'SELECT sum(chunks)::int AS chunks, sum(words)::int AS words FROM corpus_languages WHERE tenant_id = $1',
          [tenant],
        );
      expect(await sums()).toEqual([{ chunks: 220, words: 220 * 61 }]);
      await documents.delete(tenant, 'long');
      expect(await database.query('SELECT FROM terms WHERE tenant_id = $1', [tenant])).toEqual([]);
      expect(await sums()).toEqual([{ chunks: 0, words: 0 }]);
    });

    it('count the terms of concurrent writers', async () => {
      const tenant = 'writers';
      const ids = Array.from({ length: 12 }, (_, number) => `w${number}`);
      await Promise.all(
        ids.map((id) => documents.save(tenant, createDocument(id), chunks(`The owl of ${id} sleeps.`))),
      );
      await Promise.all(
        ids.map((id, number) =>
          number % 2 === 0
            ? documents.delete(tenant, id)
            : documents.save(
                tenant,
                createDocument(id, { contentHash: 'new' }),
                chunks(`The bat of ${id} sleeps.`),
              ),
        ),
      );
      const counts = await database.query<{ lexeme: string; chunks: number }>(
        `SELECT lexeme, chunks FROM terms WHERE tenant_id = $1 AND lexeme IN ('owl', 'bat', 'sleep') ORDER BY 1`,
        [tenant],
      );
      expect(counts).toEqual([
        { lexeme: 'bat', chunks: 6 },
        { lexeme: 'sleep', chunks: 6 },
      ]);
    });

    // Embedded there is one connection, which nobody else can hold.
    if (name === 'native')
      it('wait for a writer of another instance without counting a failure', async () => {
        const tenant = 'locked';
        const save = (id: string) => documents.save(tenant, createDocument(id), chunks(`The ${id} sleeps.`));
        await save('owl');
        const held = Promise.withResolvers<void>();
        const done = Promise.withResolvers<void>();
        const holder = database.transaction(async (tx) => {
          await tx.query('SELECT FROM corpora WHERE tenant_id = $1 FOR UPDATE', [tenant]);
          held.resolve();
          await done.promise;
        });
        await held.promise;
        const before = events.length;
        const others = Promise.all([save('bat'), documents.delete(tenant, 'owl'), corpus.bump(tenant)]);
        const retries = () => events.slice(before).filter(({ type }) => type === 'retry').length;
        await until('the writers were refused again and again', () => retries() >= 8);
        done.resolve();
        await Promise.all([holder, others]);
        expect(await documents.list(tenant, MODEL, { limit: 9, after: null })).toMatchObject([{ id: 'bat' }]);
        expect(guard.snapshot().fail_count).toBe(0);
      });

    it('find a rare word, and the chunks of a filter, among many chunks with frequent words', async () => {
      const tenant = 'frequent';
      const crowd = Array.from(
        { length: 2_500 },
        (_, number) => `The lamp and the switch of room ${number}.`,
      );
      await documents.save(tenant, createDocument('crowd'), chunks(...crowd));
      await documents.save(
        tenant,
        createDocument('rare', { metadata: { kind: 'odd' } }),
        chunks('The lamp of the observatory.'),
      );
      const scope = { tenantId: tenant, filter: {}, limit: 5 };
      const [first] = await search.searchText('Where is the lamp of the observatory?', scope);
      expect(first?.document_id).toBe('rare');
      expect(await search.searchText('the lamp', scope)).toHaveLength(5);
      const odd = await search.searchText('the lamp of room 7', { ...scope, filter: { kind: 'odd' } });
      expect(odd.map(({ document_id: id }) => id)).toEqual(['rare']);
    });

    it('rank the chunks that have a vector by their similarity', async () => {
      const tenant = 'compared';
      await documents.save(tenant, createDocument('a'), chunks('60'));
      await embed(tenant, Number);
      await documents.save(tenant, createDocument('b'), chunks('90'));
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const scope = { tenantId: tenant, filter: {}, limit: 10 };
      const near = { model, embedding: vectorAt(0) };
      const compared = await search.searchText('60 90', scope, near);
      expect(compared.toSorted((a, b) => (a.text < b.text ? -1 : 1))).toMatchObject([
        { document_id: 'a', similarity: expect.closeTo(0.5, 5) },
        { document_id: 'b', similarity: null },
      ]);
      const filtered = await search.searchText('60 90', { ...scope, filter: { none: true } }, near);
      expect(filtered).toEqual([]);
      expect(await search.searchText('60', scope)).toMatchObject([{ document_id: 'a', similarity: null }]);
    });

    it('find the nearest chunks of a small tenant and of a rare filter among many others', async () => {
      const crowd = Array.from({ length: 1_000 }, (_, index) => `crowd ${index}`);
      await documents.save('crowd', createDocument('crowd'), chunks(...crowd));
      await embed('crowd', (text) => Number(text.slice('crowd '.length)) / 100);
      await documents.save('small', createDocument('near', { metadata: { rare: true } }), chunks('30'));
      await documents.save('small', createDocument('far'), chunks('60'));
      await embed('small', Number);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const scope = { tenantId: 'small', filter: {}, limit: 5 };
      const found = await search.searchVector({ model, embedding: vectorAt(0) }, scope);
      expect(found.map(({ document_id }) => document_id)).toEqual(['near', 'far']);
      expect(found[0]?.score).toBeCloseTo(Math.cos(Math.PI / 6), 5);
      const rare = await search.searchVector(
        { model, embedding: vectorAt(90) },
        { ...scope, filter: { rare: true } },
      );
      expect(rare.map(({ document_id }) => document_id)).toEqual(['near']);
    });

    it('find the nearest chunks of a tenant that is too large to compare each', async () => {
      const tenant = 'many';
      const texts = Array.from({ length: 60 }, (_, index) => String(index));
      await documents.save(tenant, createDocument('all', { metadata: { all: true } }), chunks(...texts));
      await embed(tenant, Number);
      await database.query('UPDATE corpus_languages SET chunks = 20000 WHERE tenant_id = $1', [tenant]);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const near = { model, embedding: vectorAt(20) };
      const filters: SearchScope['filter'][] = [{}, { all: true }];
      for (const filter of filters) {
        const found = await search.searchVector(near, { tenantId: tenant, filter, limit: 3 });
        expect(found.map(({ text }) => text).sort()).toEqual(['19', '20', '21']);
        expect(found[0]).toMatchObject({ text: '20', score: expect.closeTo(1, 5) });
      }
      const none = { tenantId: tenant, filter: { none: true }, limit: 3 };
      expect(await search.searchVector(near, none)).toEqual([]);
    });

    it('pass over the chunks of other tenants for a tenant that is too large to compare each', async () => {
      const tenant = 'outnumbered';
      await documents.save(tenant, createDocument('all'), chunks('70', '75', '80'));
      await embed(tenant, Number);
      await database.query('UPDATE corpus_languages SET chunks = 20000 WHERE tenant_id = $1', [tenant]);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const near = { model, embedding: vectorAt(0) };
      // So few would be sorted rather than looked for in the index.
      const byIndex = {
        read: (sql: string, parameters: unknown[]) =>
          database.transaction(async (tx) => {
            await tx.query('SET LOCAL enable_sort = off');
            return tx.query(sql, parameters);
          }),
      };
      const indexed = new SearchRepository(byIndex as never);
      const found = await indexed.searchVector(near, { tenantId: tenant, filter: {}, limit: 3 });
      expect(found.map(({ text }) => text)).toEqual(['70', '75', '80']);
    });

    it('page through the chunks without a vector', async () => {
      const tenant = 'pages';
      await documents.save(tenant, createDocument('a'), chunks('one', 'two', 'three'));
      await embed(tenant, () => 0);
      await documents.save(tenant, createDocument('b'), chunks('four', 'five', 'six'));
      const pages: string[][] = [];
      for (let after: string | null = '0'; after !== null;) {
        const page = { size: 2, after };
        const found = await embeddings.pendingChunks(MODEL, { tenantId: tenant }, page);
        pages.push(found.pending.map(({ text }) => text));
        after = found.last;
      }
      expect(pages).toEqual([[], ['four'], ['five', 'six'], []]);
    });

    it('register a model once, with one dimension', async () => {
      const model = await embeddings.registerModel('sized', 3);
      expect(await embeddings.registerModel('sized', 3)).toEqual(model);
      await expect(embeddings.registerModel('sized', 4)).rejects.toThrow('sized has 3 dimensions, not 4');
    });

    it('register one dimension when two processes find different ones at the same time', async () => {
      const { embeddings: other } = createEmbeddings(database);
      const registered = await Promise.allSettled([
        embeddings.registerModel('raced', 3),
        other.registerModel('raced', 4),
      ]);
      const dimension = (await embeddings.findModel('raced'))?.dimension;
      expect(registered.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const [failed] = registered.filter(({ status }) => status === 'rejected');
      expect(failed).toMatchObject({ reason: { name: 'DimensionMismatchError', expected: dimension } });
    });

    it('index models of more dimensions than a vector index takes', async () => {
      await embeddings.registerModel('wide', 3_072);
      await embeddings.registerModel('too-wide', 5_000);
      expect((await embeddings.findModel('wide'))?.dimension).toBe(3_072);
    });
  });
}
