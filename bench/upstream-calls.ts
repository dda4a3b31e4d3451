import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { ask, ingest } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';

const DOCUMENTS = 40;
const QUESTIONS = 1_000;
const AT_ONCE = 20;
const MOST_PER_QUESTION = 3;
/** What the retry budget allows beside the first call to each target. */
const RETRIES = { share: 0.2, floor: 10 };

/** Calls that reach the models while all of them answer 500, counted there. */
export async function benchmarkUpstreamCalls(signal: AbortSignal): Promise<Row[]> {
  return [await count(1, 'false', signal), await count(2, 'false', signal), await count(2, 'true', signal)];
}

async function count(targets: number, breakers: 'true' | 'false', signal: AbortSignal): Promise<Row> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await chooseDatabase());
  const fakes = await Promise.all(
    Array.from({ length: targets }, () => new FakeHuggingFace({ keepAlive: true }).start()),
  );
  for (const fake of fakes) {
    stack.defer(() => fake.stop());
    fake.fail('chat', { kind: 'status', status: 500 });
  }
  const env = {
    ...database.env,
    GENERATION_TARGETS: fakes.map((fake, index) => `${fake.url}/v1?model=m&name=target_${index}`).join(),
    CIRCUIT_BREAKER_ENABLED: breakers,
    // Calls that no question makes.
    PROBE_INTERVAL_SECONDS: '0',
  };
  const service = stack.use(await startService(env, signal));
  const corpus = new Corpus(DOCUMENTS);
  await ingest(service.url, corpus.documents, signal);

  let most = 0;
  for (let asked = 0; asked < QUESTIONS; asked += AT_ONCE) {
    const before = fakes.map((fake) => fake.count('chat'));
    await Promise.all(Array.from({ length: AT_ONCE }, () => ask(service.url, corpus.question(), signal)));
    const perQuestion = new Map<unknown, number>();
    for (const [index, fake] of fakes.entries()) {
      const made = fake.count('chat') - (before[index] ?? 0);
      for (const { headers } of made === 0 ? [] : fake.recorded('chat').slice(-made)) {
        const id = headers['x-request-id'];
        perQuestion.set(id, (perQuestion.get(id) ?? 0) + 1);
      }
    }
    most = Math.max(most, ...perQuestion.values());
  }
  const total = fakes.reduce((sum, fake) => sum + fake.count('chat'), 0);
  const limit = QUESTIONS * targets * (1 + RETRIES.share) + RETRIES.floor;
  return {
    what: `${targets === 1 ? 'one target' : 'two targets'}, circuits ${breakers === 'true' ? 'as shipped' : 'off'} (${QUESTIONS} questions)`,
    value: `at most ${most} calls for a question, ${total} in all`,
    ratio: (total / QUESTIONS).toFixed(3),
    budget: `≤ ${MOST_PER_QUESTION} for a question, ≤ ${limit} in all`,
    met: most <= MOST_PER_QUESTION && total <= limit,
  };
}
