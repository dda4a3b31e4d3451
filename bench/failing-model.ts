import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { ask, ingest, send, type AnswerBody, type Reply } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { ADMIN_TOKEN, openCircuit, resetCircuits } from './open-circuits.ts';
import { startService } from './service-process.ts';
import { readStream } from './stream-client.ts';

/** A way in which the first target fails. */
export type Trouble = 'refuses' | 'answers 503' | 'hangs' | 'stalls midway';

const DOCUMENTS = 40;
const WARM_UP = 30;
const FAULTS = {
  'answers 503': { kind: 'status', status: 503 },
  hangs: { kind: 'black_hole' },
  'stalls midway': { kind: 'stall', parts: 3 },
} as const;

type Metadata = NonNullable<AnswerBody['metadata']>;

interface Parts {
  hasBackup: boolean;
  /** Of the service. */
  url: string;
  primary: FakeHuggingFace;
  corpus: Corpus;
  stack: AsyncDisposableStack;
  signal: AbortSignal;
}

/** The service with its documents in front of a first target that fails when told to, and perhaps a second that never does. */
export class FailingModel implements AsyncDisposable {
  readonly hasBackup: boolean;
  private readonly parts: Parts;

  private constructor(parts: Parts) {
    this.parts = parts;
    this.hasBackup = parts.hasBackup;
  }

  /**
   * Starts everything, and asks until the service is warm.
   * @param knownCalls how many questions the model answers before; with 0 the service is warmed without any call to it
   */
  static async start(hasBackup: boolean, signal: AbortSignal, knownCalls = WARM_UP): Promise<FailingModel> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await chooseDatabase());
    const names = hasBackup ? ['primary', 'backup'] : ['primary'];
    const fakes: FakeHuggingFace[] = [];
    for (const _ of names) {
      const fake = await new FakeHuggingFace({ keepAlive: true }).start();
      stack.defer(() => fake.stop());
      fakes.push(fake);
    }
    const env = {
      ...database.env,
      ADMIN_TOKEN,
      GENERATION_TARGETS: fakes.map((fake, index) => `${fake.url}/v1?model=m&name=${names[index]}`).join(),
    };
    const service = stack.use(await startService(env, signal));
    const corpus = new Corpus(DOCUMENTS);
    await ingest(service.url, corpus.documents, signal);
    const [primary] = fakes;
    if (!primary) throw new Error('there is no primary');
    const { url } = service;
    if (knownCalls === 0) await openCircuit(url, 'primary', signal);
    for (let index = 0; index < Math.max(knownCalls, WARM_UP); index++)
      await ask(url, corpus.question(), signal);
    if (knownCalls === 0) await resetCircuits(url, signal);
    return new FailingModel({ hasBackup, url, primary, corpus, stack: stack.move(), signal });
  }

  /** Begins a trouble. */
  async fail(trouble: Trouble): Promise<void> {
    if (trouble === 'refuses') await this.parts.primary.stop();
    else this.parts.primary.fail('chat', FAULTS[trouble]);
  }

  /** Ends the trouble. */
  async recover(trouble: Trouble): Promise<void> {
    if (trouble === 'refuses') await this.parts.primary.start();
    else this.parts.primary.clearFaults();
  }

  /** Asks something new; the milliseconds to the answer. @throws unless the first target gives it */
  async askHealthy(): Promise<number> {
    return this.ask(({ target }) => target === 'primary');
  }

  /** Asks something new; the milliseconds to the answer. @throws unless the second target or, without one, the excerpts give it */
  async askFailing(): Promise<number> {
    return this.ask(({ target, fallback_source }) =>
      this.hasBackup ? target === 'backup' : fallback_source === 'excerpts',
    );
  }

  /**
   * Asks something new with a stream; the milliseconds to the first text of the excerpts, which the answer of the model that
   * fails may precede. @throws when there is none
   */
  async streamFailing(): Promise<number> {
    const { url, corpus, signal } = this.parts;
    let isExcerpts = false;
    for await (const { event, data, ms } of readStream(
      `${url}/query`,
      { query: corpus.question() },
      signal,
    )) {
      if (event === 'notice') isExcerpts = data.includes('"fallback_source":"excerpts"');
      if (event === 'token' && isExcerpts) return ms;
    }
    throw new Error('the stream ended without excerpts');
  }

  /** Asks `count` questions, one every `everyMs` milliseconds whether the one before is answered or not. */
  async askEvery(everyMs: number, count: number, one: () => Promise<number>): Promise<number[]> {
    const asked: Promise<number>[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setInterval(() => {
      if (asked.length === count) return resolve();
      const asking = one();
      asking.catch((error: unknown) => reject(error));
      asked.push(asking);
    }, everyMs);
    try {
      await promise;
      return await Promise.all(asked);
    } finally {
      clearInterval(timer);
    }
  }

  /** Whether the first target's circuit lets no call through. */
  async isOpen(): Promise<boolean> {
    const { body } = await send<{ circuit_breaker: { state: string } }>(
      `${this.parts.url}/health/circuit-breaker`,
      undefined,
      this.parts.signal,
    );
    return body.circuit_breaker.state === 'open';
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.stack.disposeAsync();
  }

  private async ask(isExpected: (metadata: Metadata) => boolean): Promise<number> {
    const { body, ms }: Reply<AnswerBody> = await ask(
      this.parts.url,
      this.parts.corpus.question(),
      this.parts.signal,
    );
    if (!body.metadata || !isExpected(body.metadata))
      throw new Error(`answered otherwise than expected: ${JSON.stringify(body.metadata)}`);
    return ms;
  }
}
