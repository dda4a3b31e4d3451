import { CorpusRepository } from '../../../../src/postgres/corpus/corpus.repository.ts';
import type { Database } from '../../../../src/postgres/connection/database.ts';
import { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import type { EmbeddingsRepository } from '../../../../src/postgres/search/embeddings.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, startCorpus, type TestCorpus, MODEL } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the documents repository on ${name} Postgres`, () => {
    let database: Database;
    let corpus: CorpusRepository;
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let embed: TestCorpus['embed'];
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, corpus, documents, embeddings, embed, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it('stores a document, lists it page by page, and finds it again', async () => {
      const tenant = 'lists';
      for (const id of ['c', 'a', 'b'])
        await documents.save(tenant, createDocument(id), chunks('one', 'two'));
      const first = await documents.list(tenant, MODEL, { limit: 2, after: null, words: null });
      expect(first.map(({ id, chunks: count, pending }) => [id, count, pending])).toEqual([
        ['a', 2, 2],
        ['b', 2, 2],
      ]);
      expect(
        (await documents.list(tenant, MODEL, { limit: 2, after: 'b', words: null })).map(({ id }) => id),
      ).toEqual(['c']);
      expect(await documents.find(tenant, MODEL, 'a')).toMatchObject({
        id: 'a',
        text: 'text of a',
        metadata: {},
      });
      expect(await documents.find('nobody', MODEL, 'a')).toBeUndefined();
    });

    it('keeps unchanged chunks and their vectors when a document is updated', async () => {
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

    it('finds a chunk among its neighbours, of its tenant and its document alone', async () => {
      const texts = ['one', 'two', 'three', 'four', 'five'];
      await documents.save('reads', createDocument('a', { title: 'Title' }), chunks(...texts));
      await documents.save('reads', createDocument('b'), chunks('other', 'chunks'));
      const page = { size: 10, after: '0' };
      const { pending } = await embeddings.pendingChunks(
        MODEL,
        { tenantId: 'reads', documentIds: ['a'] },
        page,
      );
      const idOf = (text: string) => pending.find((chunk) => chunk.text === text)?.id ?? '';
      const found = async (text: string) =>
        (await documents.findChunk('reads', idOf(text), 2)).map((chunk) => chunk.text);
      expect(await found('three')).toEqual(texts);
      expect(await found('one')).toEqual(['one', 'two', 'three']);
      expect(await found('five')).toEqual(['three', 'four', 'five']);
      const [first] = await documents.findChunk('reads', idOf('one'), 0);
      expect(first).toEqual({
        document_id: 'a',
        chunk_id: idOf('one'),
        title: 'Title',
        url: null,
        heading: null,
        text: 'one',
      });
      expect(await documents.findChunk('nobody', idOf('one'), 2)).toEqual([]);
      await documents.delete('reads', 'a');
      expect(await documents.findChunk('reads', idOf('one'), 2)).toEqual([]);
    });

    it('reports a document as created to only one of its concurrent writers', async () => {
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

    it('replaces the bundled documents by the first own document', async () => {
      const tenant = 'bundled';
      await documents.save(tenant, createDocument('docs/a', { bundled: true }), chunks('bundled words'));
      await documents.save(tenant, createDocument('docs/b', { bundled: true }), chunks('bundled words'));
      await documents.save(tenant, createDocument('mine'), chunks('own words'));
      const left = await documents.list(tenant, MODEL, { limit: 10, after: null, words: null });
      expect(left.map(({ id }) => id)).toEqual(['mine']);
      const { deletions } = await corpus.read(tenant, 0);
      expect(deletions.map(({ documentId }) => documentId).sort()).toEqual(['docs/a', 'docs/b']);
    });
  });
}
