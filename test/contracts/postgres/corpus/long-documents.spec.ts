import { CorpusRepository } from '../../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import { chunks } from '../../../support/postgres/corpus.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { servers, startMigrated } from '../../../support/postgres/servers.ts';

const CHUNKS = 1_200;

for (const { name, describeOn, start } of servers) {
  describeOn(`a long document on ${name} Postgres`, () => {
    let started: Awaited<ReturnType<typeof startMigrated>>;
    let documents: DocumentsRepository;

    beforeAll(async () => {
      started = await startMigrated(start);
      documents = new DocumentsRepository(started.database, new CorpusRepository(started.database));
    });
    afterAll(() => started.close());

    const texts = (word: string) => chunks(...Array.from({ length: CHUNKS }, (_, n) => `${word} ${n}`));
    const count = async (id: string) => {
      const [row] = await started.database.query<{ chunks: number; terms: number; hash: string }>(
        `SELECT (SELECT count(*)::int FROM chunks WHERE document_id = $1) AS chunks,
                (SELECT count(*)::int FROM chunk_terms) AS terms,
                (SELECT content_hash FROM documents WHERE id = $1) AS hash`,
        [id],
      );
      return row;
    };

    it('lets reads through while it is stored, changed and deleted, and is whole afterwards', async () => {
      const readBeside = async (work: Promise<unknown>) => {
        const seen = new Set<number>();
        const over = work.then(() => 'over');
        while ((await Promise.race([over, count('long')])) !== 'over')
          seen.add((await count('long'))?.chunks ?? 0);
        return seen;
      };
      const store = (word: string) =>
        documents.save('t', createDocument('long', { contentHash: word }), texts(word));
      expect((await readBeside(store('old'))).size).toBeGreaterThan(2);
      expect(await count('long')).toEqual({ chunks: CHUNKS, terms: CHUNKS, hash: 'old' });
      expect((await readBeside(store('new'))).size).toBeGreaterThan(1);
      expect(await count('long')).toEqual({ chunks: CHUNKS, terms: CHUNKS, hash: 'new' });
      expect((await readBeside(documents.delete('t', 'long'))).size).toBeGreaterThan(2);
      expect(await count('long')).toEqual({ chunks: 0, terms: 0, hash: null });
    });

    it('is the one that was stored or deleted last, when several do so at once', async () => {
      const store = (word: string) =>
        documents.save('t', createDocument('long', { contentHash: word }), texts(word));
      await Promise.all([store('one'), store('two')]);
      const { hash } = (await count('long')) ?? {};
      expect(hash).toBe('two');
      const words = await started.database.query(
        `SELECT DISTINCT split_part(text, ' ', 1) AS word FROM chunks`,
      );
      expect(words).toEqual([{ word: 'two' }]);
      await Promise.all([store('three'), documents.delete('t', 'long')]);
      expect(await count('long')).toEqual({ chunks: 0, terms: 0, hash: null });
    });

    it('counts as changed when it was left in part, and is then completed', async () => {
      await started.database.query('DELETE FROM documents');
      const stop = new AbortController();
      const document = createDocument('long', { contentHash: 'whole' });
      const stopped = documents.save('t', document, texts('part'), stop.signal);
      stopped.catch(() => undefined);
      while (((await count('long'))?.chunks ?? 0) === 0);
      stop.abort(new Error('stopped'));
      await expect(stopped).rejects.toThrow('stopped');
      expect((await documents.contentHashes('t', ['long'], false)).get('long')).not.toBe('whole');
      const { status } = await documents.save('t', document, texts('part'));
      expect(status).toBe('updated');
      expect(await count('long')).toEqual({ chunks: CHUNKS, terms: CHUNKS, hash: 'whole' });
    });
  });
}
