import { jest } from '@jest/globals';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const LIMIT_MS = 180_000;
jest.setTimeout(LIMIT_MS);

const QUESTIONS = 3;

const databases = [
  { name: 'embedded', describeOn: describe, create: async () => ({ env: {}, drop: async () => undefined }) },
  {
    name: 'native',
    describeOn: describeWithPostgres,
    create: async () => {
      const { url, drop } = await createNativeDatabase();
      return { env: { DATABASE_URL: url }, drop };
    },
  },
];

for (const { name, describeOn, create } of databases) {
  describeOn(`deferred questions of a process that is killed, on ${name} Postgres`, () => {
    it('are each answered once by the next process, the interrupted one included', async () => {
      const fake = await new FakeHuggingFace().start();
      const folder = await makeTemporaryFolder();
      const database = await create();
      const env = {
        ...database.env,
        DATA_DIR: folder.path,
        GENERATION_TARGETS: modelUrl(fake),
        PROBE_INTERVAL_SECONDS: '0',
        RETRY_MAX_ATTEMPTS: '1',
        // What was taken is free again that much and five seconds later.
        QUERY_DEADLINE_MS: '2000',
      };
      const questions = Array.from({ length: QUESTIONS }, (_, number) => circuitQuestion(number));
      let service = await ServiceProcess.start(env);
      try {
        await service.request('POST', '/documents', { documents: handbook });
        fake.fail('chat', { kind: 'status', status: 500 }, { times: QUESTIONS });
        const urls: string[] = [];
        for (const query of questions) {
          const { body } = await service.request<AnswerBody>('POST', '/query', { query, defer: true });
          urls.push(`/${body.metadata.deferred?.url}`);
        }
        const answers = () => Promise.all(urls.map((url) => service.request<AnswerBody>('GET', url)));

        fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
        await until('one is being answered', () => fake.count('chat') > QUESTIONS, LIMIT_MS);
        await service.kill();
        service = await ServiceProcess.start(env);
        const areAnswered = async () => (await answers()).every(({ status }) => status === 200);
        await until('all are answered', areAnswered, LIMIT_MS);

        const given = (await answers()).map(({ body }) => body);
        expect(given.map(({ metadata }) => metadata.from_fallback)).toEqual([false, false, false]);
        // Those that failed, the one that was cut off, and one for each answer.
        expect(fake.count('chat')).toBe(2 * QUESTIONS + 1);
        const again = await service.request<AnswerBody>('POST', '/query', { query: questions[0] });
        expect(again.body.answer).toBe(given[0]?.answer);
        expect(again.body.metadata.from_cache).toBe(true);
        expect((await answers()).map(({ body }) => body)).toEqual(given);
        expect(fake.count('chat')).toBe(2 * QUESTIONS + 1);
      } finally {
        await service.stop();
        await database.drop();
        await folder.remove();
        await fake.stop();
      }
    });
  });
}
