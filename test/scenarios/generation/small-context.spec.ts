import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl, startWithFake } from '../../support/scenarios/scenario.ts';

/** Each says something else: passages that repeat a better one are not given to a model. */
const chunks = Array.from({ length: 12 }, (_, index) => ({
  id: `circuit-${index}`,
  text: `Circuit ${index}: ${Array.from(
    { length: 20 },
    (__, step) => `a circuit opens after ${index * 20 + step} failures, and closes after successes. `,
  ).join('')}`,
}));

interface ChatBody {
  max_tokens: number;
  messages: { content: string }[];
}

describe('a model with a small context', () => {
  it('gets the passages that fit, its backup gets all, and the sources are those that were sent', async () => {
    const small = await new FakeHuggingFace().start();
    const large = await new FakeHuggingFace().start();
    const targets = [
      modelUrl(small, '&context_tokens=1500&max_output_tokens=200'),
      modelUrl(large, '&name=large'),
    ];
    const options = { GENERATION_TARGETS: targets.join(','), RETRY_MAX_ATTEMPTS: '2' };
    const scenario = await startWithFake(options, small);
    await scenario.service.ingest(chunks);

    const fitting = (await scenario.service.query(circuitQuestion(1))).body;
    expect(fitting.metadata).toEqual(metadata());
    const bodyOf = (fake: FakeHuggingFace) => fake.recorded('chat').at(-1)?.body as unknown as ChatBody;
    expect(bodyOf(small).max_tokens).toBe(200);
    const given = bodyOf(small).messages.at(-1)?.content ?? '';
    expect(given.match(/^\[\d+\]/gm)?.length).toBe(fitting.metadata.chunks_used);
    expect(fitting.sources.length).toBe(fitting.metadata.chunks_used);

    small.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    const whole = (await scenario.service.query(circuitQuestion(2))).body;
    expect(whole.metadata.attempts).toEqual([attempt('failure'), attempt('success', 'large')]);
    expect(whole.metadata.chunks_used).toBeGreaterThan(fitting.metadata.chunks_used);
    expect(whole.sources.length).toBe(whole.metadata.chunks_used);

    const asked = small.count('chat');
    const long = await scenario.service.query(`${circuitQuestion(3)} ${'why '.repeat(950)}`);
    expect(long.body.metadata.attempts).toEqual([attempt('success', 'large')]);
    expect(small.count('chat')).toBe(asked);

    await large.allClosed();
    await scenario.close();
    await large.stop();
  });
});
