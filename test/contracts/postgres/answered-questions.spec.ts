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
  const made = { documents: ['d'], revision: 7, answeredAt: NOW };
  const row = { tenantId, key, scope: '[]', wording: key, passage: '1', question, ...made };
  return { ...row, answer: { key }, ...more };
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

    const byWording = async (tenantId: string, wording: string, more: object = {}) =>
      (await questions.findByWording({ tenantId, scope: '[]', since: 0, ...more }, wording, signal)).map(
        ({ question }) => question,
      );
    /** The nearest questions, each with its similarity to a vector. */
    const nearest = async (
      tenantId: string,
      degrees: number,
      of = model,
      {
        passages = ['1'],
        minSimilarity = -1,
        ...more
      }: { passages?: string[]; minSimilarity?: number; since?: number; scope?: string } = {},
    ) => {
      const vector = { model: of, embedding: vectorAt(degrees), minSimilarity };
      const scope = { tenantId, scope: '[]', since: 0, ...more };
      const found = await questions.findNearest(scope, passages, vector, signal);
      return found.map(({ question, similarity }) => [question, Number(similarity.toFixed(3))]);
    };

    it('are found by their wording, newest first, of one tenant and scope, up to the maximum age', async () => {
      const wording = 'one wording';
      await questions.save(earlier('wordings', 'old', { wording }), undefined);
      await questions.save(earlier('wordings', 'new', { wording, answeredAt: NOW + 1_000 }), undefined);
      await questions.save(earlier('wordings', 'scoped', { wording, scope: '[["a",1]]' }), undefined);
      await questions.save(earlier('others', 'foreign', { wording }), undefined);
      expect(await byWording('wordings', wording)).toEqual(['question new', 'question old']);
      expect(await byWording('wordings', wording, { since: NOW + 1 })).toEqual(['question new']);
      expect(await byWording('wordings', wording, { scope: '[["a",1]]' })).toEqual(['question scoped']);
      expect(await byWording('wordings', 'another wording')).toEqual([]);
    });

    it('are deleted when the deletion records of their time are', async () => {
      await questions.save(earlier('forgotten', 'old'), undefined);
      await questions.save(earlier('forgotten', 'new', { answeredAt: NOW + 1 }), undefined);
      await new CorpusRepository(database).forgetDeletions(60, NOW + 60_001);
      expect(await byWording('forgotten', 'old')).toEqual([]);
      expect(await byWording('forgotten', 'new')).toEqual(['question new']);
    });

    it('are found by vectors of the model, nearest first, of one tenant, scope and passage, up to the maximum age', async () => {
      const save = (key: string, degrees: number | undefined, more: Partial<NewAnsweredQuestion> = {}) =>
        questions.save(
          earlier('vectors', key, more),
          degrees === undefined ? undefined : { model, embedding: vectorAt(degrees) },
        );
      await save('apart', 90);
      await save('near', 60, { answeredAt: NOW + 1 });
      await save('plain', undefined);
      await save('scoped', 0, { scope: '[["a",1]]' });
      await save('elsewhere', 0, { passage: '2' });
      await save('nowhere', 0, { passage: undefined });
      await questions.save(earlier('others', 'stranger'), { model, embedding: vectorAt(0) });
      expect(await nearest('vectors', 0)).toEqual([
        ['question near', 0.5],
        ['question apart', 0],
      ]);
      expect(await nearest('vectors', 60)).toEqual([
        ['question near', 1],
        ['question apart', 0.866],
      ]);
      expect(await nearest('vectors', 0, model, { since: NOW + 1 })).toEqual([['question near', 0.5]]);
      expect(await nearest('vectors', 0, model, { scope: '[["a",1]]' })).toEqual([['question scoped', 1]]);
      expect(await nearest('vectors', 0, model, { passages: ['3', '2', '1'] })).toEqual([
        ['question elsewhere', 1],
        ['question near', 0.5],
        ['question apart', 0],
      ]);
      expect(await nearest('vectors', 0, model, { passages: [] })).toEqual([]);
      expect(await nearest('vectors', 0, other)).toEqual([]);
      // A vector of another length is never compared.
      const long = await models.registerModel('four-model', 4);
      await questions.save(earlier('vectors', 'long'), { model: long, embedding: [1, 0, 0, 0] });
      expect(await nearest('vectors', 0)).toHaveLength(2);
    });

    it('are sixteen at most', async () => {
      for (let index = 0; index < 20; index++)
        await questions.save(earlier('many', `${index}`, { wording: 'w', answeredAt: NOW + index }), {
          model,
          embedding: vectorAt(index),
        });
      expect(await byWording('many', 'w')).toEqual(
        Array.from({ length: 16 }, (_, index) => `question ${19 - index}`),
      );
      const found = await nearest('many', 0);
      expect(found.map(([question]) => question)).toEqual(
        Array.from({ length: 16 }, (_, index) => `question ${index}`),
      );
    });

    it('keep only the newest answer to a question, with its own vector', async () => {
      const save = (answeredAt: number, answer: string, degrees: number | undefined) =>
        questions.save(
          earlier('newest', 'key', { answeredAt, answer }),
          degrees === undefined ? undefined : { model, embedding: vectorAt(degrees) },
        );
      const answers = async () =>
        (await questions.findByWording({ tenantId: 'newest', scope: '[]', since: 0 }, 'key', signal)).map(
          ({ answer }) => answer,
        );
      await save(NOW, 'first', 0);
      await save(NOW + 1, 'second', 90);
      await save(NOW, 'late', 0);
      expect(await answers()).toEqual(['second']);
      expect(await nearest('newest', 90)).toEqual([['question key', 1]]);
      await save(NOW + 2, 'third', undefined);
      expect(await answers()).toEqual(['third']);
      expect(await nearest('newest', 90)).toEqual([]);
    });

    it('are limited in number and age per tenant', async () => {
      const save = (tenant: string, key: string, answeredAt: number) =>
        questions.save(earlier(tenant, key, { wording: 'w', answeredAt }), { model, embedding: vectorAt(0) });
      await save('untouched', 'kept', NOW - 5_000);
      for (let index = 0; index < 5; index++) await save('bounded', `${index}`, NOW + index);
      await questions.evictOldest('bounded', { maxQuestions: 3, since: 0 });
      expect(await byWording('bounded', 'w')).toEqual(['question 4', 'question 3', 'question 2']);
      await questions.evictOldest('bounded', { maxQuestions: 3, since: NOW + 3 });
      expect(await byWording('bounded', 'w')).toEqual(['question 4', 'question 3']);
      expect((await nearest('bounded', 0)).map(([question]) => question).toSorted()).toEqual([
        'question 3',
        'question 4',
      ]);
      expect(await byWording('untouched', 'w')).toEqual(['question kept']);
      await questions.deleteOlder(NOW);
      expect(await byWording('untouched', 'w')).toEqual([]);
    });

    it('have vectors of up to 2,000 dimensions inline in the row', async () => {
      const long = await models.registerModel('long-model', 2_000);
      const embedding = Array.from({ length: long.dimension }, (_, index) => Math.sin(index));
      await questions.save(earlier('long', 'long'), { model: long, embedding });
      const scope = { tenantId: 'long', scope: '[]', since: 0 };
      const [found] = await questions.findNearest(
        scope,
        ['1'],
        { model: long, embedding, minSimilarity: 0 },
        signal,
      );
      expect(found?.similarity).toBeCloseTo(1, 5);
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
      expect(await byWording('gone', 'before')).toEqual(['question before']);
      expect(await byWording('gone', 'after')).toEqual(['question after']);
      expect(await nearest('gone', 0, gone)).toEqual([]);
    });

    it('may have any text, which is stored unchanged', async () => {
      const hostile = `'; DROP TABLE answered_questions; -- \\ " $1 %s 😀`;
      const row = earlier(hostile, 'hostile', {
        scope: hostile,
        wording: hostile,
        question: hostile,
        answer: hostile,
      });
      await questions.save(row, undefined);
      const found = await questions.findByWording(
        { tenantId: hostile, scope: hostile, since: 0 },
        hostile,
        signal,
      );
      expect(found).toEqual([{ question: hostile, answer: hostile }]);
    });
  });
}
