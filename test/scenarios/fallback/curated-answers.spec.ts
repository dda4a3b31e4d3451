import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealthCheckResult } from '@nestjs/terminus';
import { loadConfig } from '../../../src/config/load-config.ts';
import { CuratedAnswersRung } from '../../../src/query/ladder/curated-answers-rung.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';

const QUESTION = 'When does the circuit open after failures?';
const ANSWER = 'After five failures in a row. Call the desk, extension 4711.';
const down = { kind: 'status', status: 500 } as const;

describe('curated answers', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let path: string;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    path = join(folder.path, 'answers.json');
    const entries = [{ question: QUESTION, also: ['Opening of the circuit'], answer: ANSWER }];
    await writeFile(path, JSON.stringify(entries));
  });

  afterAll(() => folder.remove());

  const env = () => ({ CURATED_ANSWERS_FILE: path, SEMANTIC_CACHE_MAX_QUESTIONS: '0' });

  describeScenario('with CURATED_ANSWERS_FILE', env, (scenario) => {
    it('are not used while the model answers', async () => {
      const { body } = await scenario.service.query(QUESTION);
      expect(body.metadata).toEqual(metadata());
      expect(body.answer).not.toBe(ANSWER);
    });

    it.each(['please: when does CIRCUIT open after failures', 'OPENING of the circuit?'])(
      'answer a question of the same wording: %s',
      async (question) => {
        const { service, fake } = scenario;
        fake.fail('chat', down, { times: 1 });
        const { status, headers, body } = await service.query(question);
        expect(status).toBe(200);
        expect(headers.get('x-fallback-source')).toBe('curated_answers');
        expect(body).toEqual({
          answer: ANSWER,
          sources: [],
          metadata: metadata({
            from_fallback: true,
            fallback_source: 'curated_answers',
            fallback_reason: 'generation_failed_no_cache',
            chunks_used: 0,
            matched_question: QUESTION,
            target: null,
            model: null,
            finish_reason: null,
            notice: `The assistant is temporarily unavailable. This is a prepared answer to: “${QUESTION}”`,
            attempts: [attempt('failure')],
          }),
        });
      },
    );

    it('leave other questions to the next rung', async () => {
      const { service, fake } = scenario;
      fake.fail('chat', down, { times: 1 });
      const { body } = await service.query('Why does the circuit open after failures?');
      expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    });
  });

  describe('when the database was never reachable', () => {
    const nowhere = 'postgres://nobody@127.0.0.1:1/none';
    const ready = ({ request }: Service) => request<HealthCheckResult>('GET', '/health/ready');

    it('make the service ready, and are served', async () => {
      const service = await startService({ DATABASE_URL: nowhere, CURATED_ANSWERS_FILE: path });
      const { status, body } = await ready(service);
      const reason = 'the database fails; documents cannot be searched';
      const info = { answers: { status: 'degraded', from: 'curated_answers', reason } };
      expect(status).toBe(200);
      expect(body).toEqual({ status: 'degraded', info, error: {}, details: info });
      const answered = await service.query(QUESTION);
      expect(answered).toMatchObject({ status: 200, body: { answer: ANSWER } });
      expect((await service.query('Who empties the kettle?')).status).toBe(503);
      await service.close();
    });

    it.each([
      ['there are none', undefined],
      ['their file is empty', '[]'],
    ])('do not make the service ready where %s', async (_, text) => {
      const empty = join(folder.path, 'empty.json');
      if (text !== undefined) await writeFile(empty, text);
      const file = text === undefined ? {} : { CURATED_ANSWERS_FILE: empty };
      const service = await startService({ DATABASE_URL: nowhere, ...file });
      const { status, body } = await ready(service);
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: 'error', error: { answers: { status: 'down' } } });
      expect((await service.query(QUESTION)).status).toBe(503);
      await service.close();
    });
  });

  it.each([
    [
      '[{"question": "Who calls?", "answer": ""}]',
      'CURATED_ANSWERS_FILE: entry 1, answer: must not be empty',
    ],
    [
      '[{"question": "Fire?", "also": [" "], "answer": "Run."}]',
      'CURATED_ANSWERS_FILE: entry 1, also 1: must not be empty',
    ],
    ['[{"question": "Fire?", "answer": "Run."}, 7]', 'CURATED_ANSWERS_FILE: entry 2: Invalid input'],
    [
      '[{"question": "Fire?", "answer": "Run."}, {"question": "?!", "answer": "Yes."}]',
      'CURATED_ANSWERS_FILE: entry 2, question: must contain at least one word',
    ],
    [
      '[{"question": "Fire?", "also": ["Flames?", "?"], "answer": "Run."}]',
      'CURATED_ANSWERS_FILE: entry 1, also 2: must contain at least one word',
    ],
    [
      String.raw`[{"question": "Fire\u0000?", "answer": "Run."}]`,
      'CURATED_ANSWERS_FILE: entry 1, question: must not contain NUL characters',
    ],
    [
      String.raw`[{"question": "Fire?", "answer": "Run \ud83d."}]`,
      'CURATED_ANSWERS_FILE: entry 1, answer: must be valid Unicode',
    ],
    ['{"Fire?": "Run."}', 'CURATED_ANSWERS_FILE: must be a list of entries'],
    ['{', 'CURATED_ANSWERS_FILE: is not JSON'],
  ])('prevent the start when the file holds %s', async (text, fault) => {
    const broken = join(folder.path, 'broken.json');
    await writeFile(broken, text);
    expect(() => new CuratedAnswersRung(loadConfig({ CURATED_ANSWERS_FILE: broken }))).toThrow(fault);
  });

  it('prevent the start when there are too many', async () => {
    const many = join(folder.path, 'many.json');
    const entries = Array.from({ length: 1_001 }, () => ({ question: 'Fire?', answer: 'Run.' }));
    await writeFile(many, JSON.stringify(entries));
    const config = loadConfig({ CURATED_ANSWERS_FILE: many });
    expect(() => new CuratedAnswersRung(config)).toThrow('CURATED_ANSWERS_FILE: at most 1000 entries');
  });

  it('prevent the start when the file does not exist', () => {
    const missing = join(folder.path, 'missing.json');
    const config = loadConfig({ CURATED_ANSWERS_FILE: missing });
    expect(() => new CuratedAnswersRung(config)).toThrow(
      `CURATED_ANSWERS_FILE: ${missing} cannot be read (ENOENT)`,
    );
  });
});
