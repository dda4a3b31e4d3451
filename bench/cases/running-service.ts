import { setTimeout as sleep } from 'node:timers/promises';
import { send, type AnswerBody, type DocumentBody, type Reply } from '../client.ts';
import { makeTemporaryFolder, startService } from '../service-process.ts';

/** A guard as `GET /health/circuit-breaker` shows it. */
export type GuardView = Record<string, unknown> & { state: string; is_healthy: boolean };

/** The document that answers what the cases ask. */
export const LIMITS_DOCUMENT: DocumentBody = {
  id: 'limits',
  title: 'Limits',
  text: 'The upload limit is 5 MB. The search limit is 100 results. The name limit is 40 characters.',
};

/** Three questions that the document answers. */
export const QUESTIONS = [
  'What is the upload limit?',
  'What is the search limit?',
  'What is the name limit?',
];

/** What a model that is well answers. */
export const WELL = 'The limit is 5 MB [1].';

/** The built service on an empty embedded database, and what its callers do. */
export class RunningService implements AsyncDisposable {
  readonly url: string;
  private readonly resources: AsyncDisposable;
  private readonly signal: AbortSignal;

  private constructor(url: string, resources: AsyncDisposable, signal: AbortSignal) {
    this.url = url;
    this.resources = resources;
    this.signal = signal;
  }

  /** Starts one with `env` and the documents. */
  static async start(
    env: Record<string, string>,
    signal: AbortSignal,
    documents: DocumentBody[] = [LIMITS_DOCUMENT],
  ): Promise<RunningService> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await makeTemporaryFolder());
    const service = stack.use(
      await startService({ DATA_DIR: folder.path, SEED_DOCS: 'false', LOG_LEVEL: 'fatal', ...env }, signal),
    );
    const started = new RunningService(service.url, stack.move(), signal);
    if (documents.length > 0) await started.store(documents);
    return started;
  }

  /** Sends JSON, or without a body asks for the path. */
  send<Body>(path: string, body?: object, headers?: Record<string, string>): Promise<Reply<Body>> {
    return send<Body>(this.url + path, body, this.signal, headers);
  }

  /** @throws when the documents are not stored */
  async store(documents: DocumentBody[]): Promise<void> {
    const { status, body } = await this.send('/documents', { documents });
    if (status !== 200)
      throw new Error(`POST /documents gave ${status} ${JSON.stringify(body).slice(0, 200)}`);
  }

  /** Asks one question after the other. @throws when one has no answer */
  async ask(...questions: string[]): Promise<AnswerBody[]> {
    const answers: AnswerBody[] = [];
    for (const query of questions) {
      const { status, body } = await this.send<AnswerBody>('/query', { query });
      if (status !== 200) throw new Error(`POST /query gave ${status}`);
      answers.push(body);
    }
    return answers;
  }

  /** A guard as monitoring sees it. */
  async guard(name = 'model'): Promise<GuardView> {
    const { body } = await this.send<{ circuit_breakers: Record<string, GuardView> }>(
      '/health/circuit-breaker',
    );
    const guard = body.circuit_breakers[name];
    if (!guard) throw new Error(`there is no guard ${name}`);
    return guard;
  }

  /** Asks `check` until it gives a value. @throws when it gives none within `limitMs` */
  async until<T>(what: string, limitMs: number, check: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + limitMs;
    for (;;) {
      const value = await check();
      if (value !== undefined) return value;
      if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
      await sleep(200, undefined, { signal: this.signal });
    }
  }

  /** The longest that `GET /health/live` takes, in milliseconds, until the work has ended. */
  async slowestLive(work: Promise<unknown>): Promise<number> {
    const progress = { isOver: false };
    const over = work.finally(() => (progress.isOver = true));
    over.catch(() => undefined);
    let slowest = 0;
    while (!progress.isOver) {
      slowest = Math.max(slowest, (await this.send('/health/live')).ms);
      await sleep(5, undefined, { signal: this.signal });
    }
    await over;
    return slowest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources[Symbol.asyncDispose]();
  }
}

/** Who answered, in order: a target's name, or the rung with the reason. */
export function nameSources(answers: AnswerBody[]): string {
  return answers
    .map(({ metadata }) => metadata?.target ?? `${metadata?.fallback_source} (${metadata?.fallback_reason})`)
    .join(', ');
}
