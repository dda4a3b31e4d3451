import { REVISIONS_PER_CORPUS } from '../../../../src/postgres/corpus/corpus-revision.ts';
import type { CorpusRepository } from '../../../../src/postgres/corpus/corpus.repository.ts';
import type { Database } from '../../../../src/postgres/connection/database.ts';
import type { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import type { GuardEvent } from '../../../../src/resilience/guard/guard-events.ts';
import type { Guard } from '../../../../src/resilience/guard/guard.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, startCorpus, MODEL } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';
import { until } from '../../../support/until.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the corpus repository on ${name} Postgres`, () => {
    let database: Database;
    let guard: Guard;
    let events: GuardEvent[];
    let corpus: CorpusRepository;
    let documents: DocumentsRepository;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, guard, events, corpus, documents, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it('gives different tenants different starting revisions', async () => {
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

    it('raises the revision with every change and records deletions', async () => {
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
      // The deletion is forgotten once it is older than no time at all by the server's clock.
      await until('the deletion is forgotten', async () => {
        await corpus.forgetDeletions(0, Date.now());
        return (await corpus.read(tenant, 0)).deletions.length === 0;
      });
    });

    it('serialises the writers of one tenant without a conflict', async () => {
      const tenant = 'writers';
      await documents.save(tenant, createDocument('a'), chunks('one'));
      const { revision } = await corpus.read(tenant, 0);
      events.length = 0;
      const bumps = Array.from({ length: 4 }, () => corpus.bump(tenant));
      await Promise.all([documents.save(tenant, createDocument('b'), chunks('two')), ...bumps]);
      expect((await corpus.read(tenant, 0)).revision).toBe(revision + 5);
      expect(events.map(({ type }) => type)).not.toContain('retry');
    });

    // Embedded there is one connection, which nobody else can hold.
    if (name === 'native')
      it('waits for a writer of another instance without counting a failure', async () => {
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
        expect(await documents.list(tenant, MODEL, { limit: 9, after: null, words: null })).toMatchObject([
          { id: 'bat' },
        ]);
        expect(guard.snapshot().fail_count).toBe(0);
      });
  });
}
