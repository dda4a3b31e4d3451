import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import {
  AnsweredQuestionsRepository,
  type NewAnsweredQuestion,
} from '../../../src/postgres/records/answered-questions.repository.ts';
import type {
  EmbeddingModel,
  EmbeddingsRepository,
} from '../../../src/postgres/search/embeddings.repository.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';

const NOW = Date.UTC(2026, 0, 1);
const { signal } = new AbortController();

function earlier(
  tenantId: string,
  key: string,
  more: Partial<NewAnsweredQuestion> = {},
): NewAnsweredQuestion {
  const question = `question ${key}`;
  return { tenantId, key, scope: '[]', form: key, question, answer: { key }, answeredAt: NOW, ...more };
}

/** A unit vector in the plane of the first two of three dimensions. */
function vectorAt(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians), 0];
}

for (const { name, describeOn, start } of servers) {
  describeOn(`answered questions on ${name} Postgres`, () => {
    let database: Database;
    let models: EmbeddingsRepository;
    let questions: AnsweredQuestionsRepository;
    let model: EmbeddingModel;
    let other: EmbeddingModel;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
      questions = new AnsweredQuestionsRepository(database);
      models = createEmbeddings(database).embeddings;
      model = await models.registerModel('test-model', 3);
      other = await models.registerModel('other-model', 3);
    });

    afterAll(() => close());

    const byForm = async (tenantId: string, form: string, more: object = {}) =>
      (await questions.findByForm({ tenantId, scope: '[]', since: 0, ...more }, form, signal)).map(
        ({ question }) => question,
      );
    /** The similarities of a form's questions with a vector, newest first. */
    const similarities = async (tenantId: string, form: string, degrees: number, of = model) => {
      const vector = { model: of, embedding: vectorAt(degrees) };
      const found = await questions.findByForm({ tenantId, scope: '[]', since: 0 }, form, signal);
      const keys = found.map(({ key }) => key);
      const compared = await questions.similarities(tenantId, keys, vector, signal);
      return keys.map((key) => (compared.has(key) ? Number(compared.get(key)?.toFixed(3)) : null));
    };

    it('are found by their form, newest first, of one tenant and scope, up to the maximum age', async () => {
      const form = 'one form';
      await questions.save(earlier('forms', 'old', { form }), undefined);
      await questions.save(earlier('forms', 'new', { form, answeredAt: NOW + 1_000 }), undefined);
      await questions.save(earlier('forms', 'scoped', { form, scope: '[["a",1]]' }), undefined);
      await questions.save(earlier('others', 'foreign', { form }), undefined);
      expect(await byForm('forms', form)).toEqual(['question new', 'question old']);
      expect(await byForm('forms', form, { since: NOW + 1 })).toEqual(['question new']);
      expect(await byForm('forms', form, { scope: '[["a",1]]' })).toEqual(['question scoped']);
      expect(await byForm('forms', 'another form')).toEqual([]);
    });

    it('are deleted when the deletion records of their time are', async () => {
      await questions.save(earlier('forgotten', 'old'), undefined);
      await questions.save(earlier('forgotten', 'new', { answeredAt: NOW + 1 }), undefined);
      await new CorpusRepository(database).forgetDeletions(60, NOW + 60_001);
      expect(await byForm('forgotten', 'old')).toEqual([]);
      expect(await byForm('forgotten', 'new')).toEqual(['question new']);
    });

    it('have their similarity when they have a vector of the model', async () => {
      const form = 'one form';
      const save = (key: string, degrees: number | undefined, answeredAt: number) =>
        questions.save(
          earlier('vectors', key, { form, answeredAt }),
          degrees === undefined ? undefined : { model, embedding: vectorAt(degrees) },
        );
      await save('apart', 90, NOW);
      await save('near', 60, NOW + 1);
      await save('plain', undefined, NOW + 2);
      expect(await similarities('vectors', form, 0)).toEqual([null, 0.5, 0]);
      expect(await similarities('vectors', form, 60)).toEqual([null, 1, 0.866]);
      expect(await similarities('vectors', form, 0, other)).toEqual([null, null, null]);
      expect(await byForm('vectors', form)).toEqual(['question plain', 'question near', 'question apart']);
    });

    it('keep only the newest answer to a question, with its own vector', async () => {
      const save = (answeredAt: number, answer: string, degrees: number | undefined) =>
        questions.save(
          earlier('newest', 'key', { answeredAt, answer }),
          degrees === undefined ? undefined : { model, embedding: vectorAt(degrees) },
        );
      const answers = async () =>
        (await questions.findByForm({ tenantId: 'newest', scope: '[]', since: 0 }, 'key', signal)).map(
          ({ answer }) => answer,
        );
      await save(NOW, 'first', 0);
      await save(NOW + 1, 'second', 90);
      await save(NOW, 'late', 0);
      expect(await answers()).toEqual(['second']);
      expect(await similarities('newest', 'key', 90)).toEqual([1]);
      await save(NOW + 2, 'third', undefined);
      expect(await answers()).toEqual(['third']);
      expect(await similarities('newest', 'key', 90)).toEqual([null]);
    });

    it('are limited in number and age per tenant', async () => {
      const save = (tenant: string, key: string, answeredAt: number) =>
        questions.save(earlier(tenant, key, { form: 'f', answeredAt }), { model, embedding: vectorAt(0) });
      await save('untouched', 'kept', NOW - 5_000);
      for (let index = 0; index < 5; index++) await save('bounded', `${index}`, NOW + index);
      await questions.evictOldest('bounded', { maxQuestions: 3, since: 0 });
      expect(await byForm('bounded', 'f')).toEqual(['question 4', 'question 3', 'question 2']);
      await questions.evictOldest('bounded', { maxQuestions: 3, since: NOW + 3 });
      expect(await byForm('bounded', 'f')).toEqual(['question 4', 'question 3']);
      expect(await similarities('bounded', 'f', 0)).toEqual([1, 1]);
      expect(await byForm('untouched', 'f')).toEqual(['question kept']);
      await questions.deleteOlder(NOW);
      expect(await byForm('untouched', 'f')).toEqual([]);
    });

    it('have vectors of up to 2,000 dimensions inline in the row', async () => {
      const long = await models.registerModel('long-model', 2_000);
      const embedding = Array.from({ length: long.dimension }, (_, index) => Math.sin(index));
      await questions.save(earlier('long', 'long'), { model: long, embedding });
      const compared = await questions.similarities('long', ['long'], { model: long, embedding }, signal);
      expect(compared.get('long')).toBeCloseTo(1, 5);
      const outside = await database.query(
        `SELECT pg_relation_size(reltoastrelid) AS bytes FROM pg_class WHERE relname = 'answered_question_embeddings'`,
      );
      expect(outside).toEqual([{ bytes: 0 }]);
    });

    it('are stored without a vector when the model was dropped meanwhile', async () => {
      const gone = await models.registerModel('gone-model', 3);
      await questions.save(earlier('gone', 'before'), { model: gone, embedding: vectorAt(0) });
      await database.query('DELETE FROM embedding_models WHERE id = $1', [gone.id]);
      await questions.save(earlier('gone', 'after'), { model: gone, embedding: vectorAt(0) });
      expect(await byForm('gone', 'before')).toEqual(['question before']);
      expect(await byForm('gone', 'after')).toEqual(['question after']);
      expect(await similarities('gone', 'after', 0, gone)).toEqual([null]);
    });

    it('may have any text, which is stored unchanged', async () => {
      const hostile = `'; DROP TABLE answered_questions; -- \\ " $1 %s 😀`;
      const row = earlier(hostile, 'hostile', {
        scope: hostile,
        form: hostile,
        question: hostile,
        answer: hostile,
      });
      await questions.save(row, undefined);
      const found = await questions.findByForm(
        { tenantId: hostile, scope: hostile, since: 0 },
        hostile,
        signal,
      );
      expect(found).toEqual([{ key: 'hostile', question: hostile, answer: hostile }]);
    });
  });
}
