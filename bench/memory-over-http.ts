import autocannon from 'autocannon';
import { newQuestions } from './new-questions.ts';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { ingest } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { ServiceHeap } from './heap.ts';
import type { MemorySample } from './memory-in-process.ts';
import { ADMIN_TOKEN, openCircuits } from './open-circuits.ts';
import { startService } from './service-process.ts';

const DOCUMENTS = 40;
const CONNECTIONS = 20;
const SLICE = 2_000;

/** So many questions, or as many as fit into the time; what is to be answered, or nothing is available. */
export interface HttpStep {
  questions: number;
  maxMs: number;
  status: '2xx' | '5xx';
}

/**
 * Asks the built service in a process of its own, with a real database and a model over sockets. Where a step wants 503s
 * everything is taken away first, for good.
 */
export async function askOverHttp(steps: HttpStep[], signal: AbortSignal): Promise<MemorySample[]> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await chooseDatabase());
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const heap = await ServiceHeap.choose();
  const env = {
    ...database.env,
    ...heap.env,
    GENERATION_TARGETS: `${model.url}/v1?model=m&name=fake`,
    ADMIN_TOKEN,
  };
  const { url } = stack.use(await startService(env, signal));
  const corpus = new Corpus(DOCUMENTS);
  await ingest(url, corpus.documents, signal);
  const samples: MemorySample[] = [];
  let questions = 0;
  for (const step of steps) {
    if (step.status === '5xx') await openCircuits(url, signal);
    const endsAt = performance.now() + step.maxMs;
    for (let left = step.questions; left > 0 && performance.now() < endsAt; left -= SLICE) {
      signal.throwIfAborted();
      questions += await askAll(url, corpus, Math.min(SLICE, left), step.status);
    }
    samples.push({ questions, ...(await heap.measure(signal)) });
  }
  return samples;
}

/** @returns how many were asked. @throws when one ends otherwise */
async function askAll(url: string, corpus: Corpus, amount: number, status: '2xx' | '5xx'): Promise<number> {
  const result = await autocannon({
    ...newQuestions(url, corpus),
    connections: CONNECTIONS,
    amount,
  });
  if (result.errors > 0 || result[status] !== result.requests.total)
    throw new Error(`not every request ended with ${status}`);
  return result.requests.total;
}
