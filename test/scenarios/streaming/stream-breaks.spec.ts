import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { EventReader, namesOf, shownText } from '../../support/service/event-reader.ts';

const TARGET = 'huggingface_api';
const NOTICE = 'The primary model is unavailable; a backup model answered.';

describe('a stream whose model breaks off', () => {
  const model = new ScriptedModel();
  const backup = new ScriptedModel();
  let scenario: Scenario;
  let calls = 0;
  let backupCalls = 0;

  beforeAll(async () => {
    await Promise.all([model.start(), backup.start()]);
    scenario = await startWithFake({
      GENERATION_TARGETS: `${model.url},${backup.url}&name=backup`,
      RETRY_MAX_ATTEMPTS: '3',
      CIRCUIT_BREAKER_FAIL_THRESHOLD: '1000',
    });
  });

  afterAll(async () => {
    await scenario.close();
    await Promise.all([model.stop(), backup.stop()]);
  });

  const ask = (more = {}) =>
    EventReader.ask(scenario.service, { query: circuitQuestion(2_000 + calls + backupCalls), ...more });

  it.each([
    ['is cut', 'cut'],
    ['ends without a finish reason', 'truncate'],
  ] as const)('goes on with the next target when the connection %s', async (_, end) => {
    const asked = ask();
    const first = await model.call(calls++);
    first.say('The circuit ');
    const reader = await asked;
    expect(namesOf(await reader.until('token'))).toEqual(['sources', 'token']);
    first[end]();
    const [reset] = await reader.until('reset');
    expect(reset?.data).toEqual({ reason: 'generation_failed', target: TARGET });
    const second = await backup.call(backupCalls++);
    second.say('It opens ');
    second.say('after five [1].');
    second.finish();
    const events = await reader.rest();
    expect(namesOf(events)).toEqual(['sources', 'notice', 'token', 'done']);
    expect(shownText(events)).toBe('It opens after five [1].');
    expect(events.find(({ event }) => event === 'notice')?.data['notice']).toBe(NOTICE);
    const done = events.at(-1)!.data;
    expect(done).toMatchObject({
      answer: 'It opens after five [1].',
      metadata: { target: 'backup', notice: NOTICE },
    });
  });

  it('goes on with the ladder when every target breaks off', async () => {
    const asked = ask();
    const first = await model.call(calls++);
    first.say('The ');
    const reader = await asked;
    await reader.until('token');
    first.cut();
    await reader.until('reset');
    const second = await backup.call(backupCalls++);
    second.say('It ');
    await reader.until('token');
    second.cut();
    const [reset, ...events] = await reader.rest();
    expect(reset).toMatchObject({ event: 'reset', data: { target: 'backup' } });
    expect(namesOf(events)).toEqual(['sources', 'notice', 'token', 'done']);
    expect(shownText(events)).toBe(events.at(-1)?.data['answer']);
    expect(events.at(-1)?.data['metadata']).toMatchObject({
      fallback_source: 'excerpts',
      attempts: [{ outcome: 'failure' }, { outcome: 'failure' }],
    });
  });

  it('shows nothing of a broken answer in the policy whole', async () => {
    const asked = ask({ stream_policy: 'whole' });
    const first = await model.call(calls++);
    first.say('The circuit ');
    const reader = await asked;
    first.cut();
    const second = await backup.call(backupCalls++);
    second.say('It opens [1].');
    second.finish();
    const events = await reader.rest();
    expect(events.map(({ event }) => event)).toEqual(['sources', 'notice', 'token', 'done']);
    expect(shownText(events)).toBe('It opens [1].');
  });

  it('shows no citation of a passage that does not exist', async () => {
    const asked = ask();
    const first = await model.call(calls++);
    for (const part of ['  It opens', ' [', '9', '9]', ' after', ' five [', '1', '].', '\n\n'])
      first.say(part);
    first.finish();
    const events = await (await asked).rest();
    expect(shownText(events)).toBe('It opens after five [1].');
    expect(events.at(-1)?.data['answer']).toBe('It opens after five [1].');
  });

  it('drops thoughts that turn out to be some at their end', async () => {
    const asked = ask();
    const first = await model.call(calls++);
    for (const part of ['They want to know when.', '</think>', 'After five [1].']) first.say(part);
    first.finish();
    const events = await (await asked).rest();
    expect(shownText(events)).toBe('After five [1].');
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { answer: 'After five [1].' } });
  });

  it('costs a target its place when it breaks off again and again', async () => {
    for (let failure = 0; failure < 10; failure++) {
      const asked = ask();
      const before = calls;
      const isFirst = await Promise.race([
        model.call(calls).then(() => true),
        backup.call(backupCalls).then(() => false),
      ]);
      if (isFirst) {
        const first = await model.call(calls++);
        first.say('The ');
        first.truncate();
      }
      const second = await backup.call(backupCalls++);
      second.say('Five [1].');
      second.finish();
      const events = await (await asked).rest();
      expect(events.at(-1)?.data['metadata']).toMatchObject({ target: 'backup' });
      if (calls === before) break;
    }
    const { demoted } = (await scenario.service.guard(TARGET)) as unknown as { demoted: object | null };
    expect(demoted).toMatchObject({ cause: 'failing' });
  });
});
