import { CorpusRepository } from '../../../../src/postgres/corpus/corpus.repository.ts';
import type { Database, Transaction } from '../../../../src/postgres/connection/database.ts';
import { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import type { NewChunk } from '../../../../src/postgres/corpus/chunk-diff.ts';
import type { SearchRepository } from '../../../../src/postgres/search/search.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, startCorpus } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

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
  describeOn(`the text search on ${name} Postgres`, () => {
    let database: Database;
    let documents: DocumentsRepository;
    let search: SearchRepository;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, documents, search, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it('finds chunks with any word of the question, best first, of one tenant and filter', async () => {
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

    it('finds other forms of a word in the language of the document', async () => {
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

    it('finds words of the title and of the headings', async () => {
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

    it('finds each chunk by its own words, in whatever order the server returns new ones', async () => {
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

    it('ranks after any changes as if only the present documents had ever been stored', async () => {
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

    it('finds a rare word beside one that is in more chunks than are ranked', async () => {
      const tenant = 'crowded';
      await documents.save(tenant, createDocument('crowd'), chunks('Handling of goods.'));
      // Through the repository these would take a minute.
      const crowd = 21_000;
      await database.query(
        `INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
         SELECT $1, 'crowd', n, 'Handling', 1, '' FROM generate_series(1, $2::int) AS n`,
        [tenant, crowd],
      );
      await database.query(
        `INSERT INTO chunk_terms (tenant_id, chunk_id, language, words, terms, weights, heading_terms)
         SELECT $1, c.id, 'english', 1, ARRAY[t.id], ('{' || t.id || ':1}/1000000000')::sparsevec, '{}'
         FROM chunks c, terms t
         WHERE c.tenant_id = $1 AND c.ordinal > 0 AND t.tenant_id = $1 AND t.lexeme = 'handl' ORDER BY c.id`,
        [tenant],
      );
      await database.query(
        `UPDATE terms SET chunks = chunks + $2 WHERE tenant_id = $1 AND lexeme = 'handl'`,
        [tenant, crowd],
      );
      await database.query(
        'UPDATE corpus_languages SET chunks = chunks + $2, words = words + $2 WHERE tenant_id = $1',
        [tenant, crowd],
      );
      await documents.save(tenant, createDocument('zebra'), chunks('The handling of a zebra.'));
      const found = await search.searchText('zebra handling', { tenantId: tenant, filter: {}, limit: 5 });
      expect(found).toHaveLength(5);
      expect(found[0]?.document_id).toBe('zebra');
    });

    it('finds a rare word, and the chunks of a filter, among many chunks with frequent words', async () => {
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

    it('counts the words of the last heading twice', async () => {
      const tenant = 'headings';
      const named = { ...only('A wire melts.'), heading: 'Electricity > Fuses' };
      const above = { ...only('A wire melts.'), heading: 'Fuses > Electricity' };
      await documents.save(tenant, createDocument('named'), [named]);
      await documents.save(tenant, createDocument('above'), [above]);
      const found = await search.searchText('fuses', { tenantId: tenant, filter: {}, limit: 5 });
      expect(found.map(({ document_id: id }) => id)).toEqual(['named', 'above']);
    });

    it.each([
      ['the last heading', 'Fuses and switches', 'Guide > Fuses and switches', 'Panel', 1],
      ['the title without a heading', 'fuse, switch?', null, 'The fuses of the switch', 1],
      ['not the title with a heading', 'Panel', 'Fuses', 'Panel', 0],
      ['a heading in another script', '更换电池', '维护 > 更换电池', null, 1],
      ['no heading and no title', 'Panel', null, null, 0],
    ])('says how far a question matches: %s', async (circumstance, question, heading, title, match) => {
      const tenant = `match ${circumstance}`;
      const chunk = { ...only(`A panel. ${question}`), heading };
      await documents.save(tenant, createDocument('a', { title }), [chunk]);
      await documents.save(tenant, createDocument('b'), chunks('One.', 'Two.', 'Three.'));
      const [found] = await search.searchText(question, { tenantId: tenant, filter: {}, limit: 5 });
      expect(found?.document_id).toBe('a');
      expect(found?.headingMatch).toBeCloseTo(match, 5);
    });
  });

  function only(text: string): NewChunk {
    const [chunk] = chunks(text);
    if (!chunk) throw new Error('there is no chunk');
    return chunk;
  }
}
