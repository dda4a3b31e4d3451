import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';

const refusal = (body: object, status = 400): Fault => ({ kind: 'status', status, body });
const maxTokens = refusal({
  error: {
    message: "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
    param: 'max_tokens',
    code: 'unsupported_parameter',
  },
});
const temperature = refusal({
  error: { message: 'Only the default value is supported', param: 'temperature' },
});
const streamOptions = refusal({ error: { message: 'Unknown field stream_options' } });
const system = refusal({ error: { code: 500, message: 'Jinja Exception: System role not supported' } }, 500);
const extra = refusal(
  { detail: [{ loc: ['body', 'max_completion_tokens'], msg: 'Extra inputs are not permitted' }] },
  422,
);
const tooLarge = refusal({
  error: { message: 'max_tokens is too large: 2048. This model supports at most 1024 completion tokens.' },
});

interface ChatBody {
  max_tokens?: number;
  messages: { role: string; content: string }[];
}

/** The bodies of the calls since `from`. */
function bodies(fake: FakeHuggingFace, from: number): ChatBody[] {
  return fake
    .recorded('chat')
    .slice(from)
    .map(({ body }) => body as unknown as ChatBody);
}

describeScenario('a model that takes requests in another form', {}, (scenario) => {
  afterEach(() => {
    scenario.service.app.get(GuardRegistry).guard(NAME).reset();
    scenario.fake.clearFaults();
  });

  it('gets the call again without what it refuses, at once and from then on', async () => {
    const { service, fake, ask } = scenario;
    const from = fake.count('chat');
    fake.script('chat', [maxTokens, temperature, streamOptions, system]);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect((await ask()).body.metadata).toEqual(metadata());
    const [first, , , , adapted, next] = bodies(fake, from);
    expect(first).toMatchObject({ max_tokens: 2_048, temperature: 0.2, messages: [{ role: 'system' }, {}] });
    for (const body of [adapted, next]) {
      expect(body).toMatchObject({ max_completion_tokens: 2_048, messages: [{ role: 'user' }] });
      expect(body).not.toHaveProperty('max_tokens');
      expect(body).not.toHaveProperty('temperature');
      expect(body).not.toHaveProperty('stream_options');
      expect(body?.messages[0]?.content).toMatch(/^You answer questions from [^]*Question: /);
    }
    expect(await service.guard(NAME)).toMatchObject({
      is_healthy: true,
      learnt: {
        max_tokens_field: 'max_completion_tokens',
        temperature: 'none',
        stream_options: 'none',
        system: 'user',
      },
      totals: { ignored: 0, failures: 0 },
    });
  });

  it.each([
    ['both fields for it', extra],
    ['its length in either field', tooLarge],
  ])('gets the call without any limit when it refuses %s', async (_, second) => {
    const { fake, ask } = scenario;
    const from = fake.count('chat');
    fake.script('chat', [maxTokens, second]);
    expect((await ask()).body.metadata).toEqual(metadata());
    const last = bodies(fake, from).at(-1);
    expect(last).not.toHaveProperty('max_tokens');
    expect(last).not.toHaveProperty('max_completion_tokens');
  });

  it('is not asked again for a prompt that is too long and cannot be shorter', async () => {
    const { service, fake } = scenario;
    const from = fake.count('chat');
    fake.fail('chat', refusal({ error: { message: "This model's maximum context length is 8192 tokens" } }));
    const { body } = await service.query('At how many degrees Celsius is green tea brewed?');
    expect(body.metadata.attempts).toEqual([attempt('ignored')]);
    expect(bodies(fake, from)).toHaveLength(1);
    fake.clearFaults();
  });

  it('is not adapted to for a refusal that the change does not end', async () => {
    const { service, fake, ask } = scenario;
    const from = fake.count('chat');
    fake.fail('chat', temperature);
    expect((await ask()).body.metadata.attempts).toEqual([attempt('ignored')]);
    expect(bodies(fake, from)).toHaveLength(2);
    expect(await service.guard(NAME)).toMatchObject({ learnt: null });
  });

  it('gets no parameter of a caller that it refuses in words that nobody knows', async () => {
    const { service, fake } = scenario;
    const from = fake.count('chat');
    fake.script('chat', [refusal({ error: { message: 'each sequence must contain non-whitespace' } })]);
    const messages = [{ role: 'user', content: 'When does a circuit open?' }];
    const sent = { model: 'failsoft', messages, stop: [' '], seed: 7 };
    expect((await service.request('POST', '/v1/chat/completions', sent)).status).toBe(200);
    const [first, second] = bodies(fake, from) as (ChatBody & { stop?: unknown; seed?: unknown })[];
    expect([first?.seed, second?.seed, second?.stop]).toEqual([7, undefined, undefined]);
    expect(await service.guard(NAME)).toMatchObject({ learnt: null, state: 'closed' });
  });

  it.each([
    [
      'within the limit that it tells, and from then on',
      "This model's maximum context length is 600 tokens",
      { context_tokens: 600 },
      150,
    ],
    [
      'of half the length where it tells no limit, once: it may have been full for a moment',
      'Context size has been exceeded.',
      null,
      2_048,
    ],
  ])('gets a shorter prompt %s', async (_, words, remembered, answerTokens) => {
    const { service, fake, ask } = scenario;
    const sentence = (index: number) => `a circuit opens after ${index} failures. `;
    await service.ingest(
      Array.from({ length: 6 }, (__, index) => ({
        id: `long-${index}`,
        text: `Circuit ${index}: ${Array.from({ length: 15 }, (___, step) => sentence(index * 15 + step)).join('')}`,
      })),
    );
    const from = fake.count('chat');
    fake.script('chat', [refusal({ error: { message: words } })]);
    const { body } = await ask();
    expect(body.metadata.attempts).toEqual([attempt('ignored'), attempt('success')]);
    await ask();
    const [whole, shorter, next] = bodies(fake, from);
    const lengthOf = (sent?: ChatBody) =>
      sent?.messages.reduce((sum, { content }) => sum + content.length, 0) ?? 0;
    expect(lengthOf(shorter)).toBeLessThan(lengthOf(whole) * 0.75);
    expect(lengthOf(next) < lengthOf(whole) * 0.75).toBe(remembered !== null);
    expect(body.sources.length).toBe(body.metadata.chunks_used);
    const { learnt } = await service.guard(NAME);
    expect(learnt).toEqual(remembered);
    expect(next?.max_tokens).toBe(answerTokens);
  });
});

describe('what was learnt of a model', () => {
  it('is kept over a restart, and forgotten with a change of the model', async () => {
    const folder = await makeTemporaryFolder();
    const fake = await new FakeHuggingFace().start();
    const url = modelUrl(fake);
    const start = (target = url) => startService({ DATA_DIR: folder.path, GENERATION_TARGETS: target });
    const first = await start();
    await first.ingest(handbook);
    fake.script('chat', [maxTokens]);
    await first.query(circuitQuestion(1));
    await until('the service is at rest', () => first.isAtRest());
    await first.close();

    const second = await start();
    await until('what was learnt is loaded', async () => (await second.guard(NAME)).learnt !== null);
    const from = fake.count('chat');
    await second.query(circuitQuestion(2));
    expect(bodies(fake, from)).toEqual([expect.objectContaining({ max_completion_tokens: 2_048 })]);
    await second.close();

    const other = await start(url.replace('model=fake-chat', 'model=other'));
    await until('the service is at rest', () => other.isAtRest());
    expect(await other.guard(NAME)).toMatchObject({ learnt: null });
    await other.close();
    await fake.stop();
    await folder.remove();
  });
});
