import { Worker } from 'node:worker_threads';
import type { Clock } from '../../resilience/time/clock.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { AppError } from '../app-error.ts';
import { refuseJson } from './refuse-json.ts';
import { toValidationError } from '../validation.ts';
import type { BodyReply } from './serve-bodies.ts';

/** Memory limit of the thread: some ten times the largest body. */
const HEAP_MIB = 512;
/** Time limit of one body, which takes less than a second. Raised, a body that hangs keeps later ones waiting for longer. */
const BODY_LIMIT_MS = 30_000;
/** How long the idle thread is kept. Starting it takes a tenth of a second; keeping it takes memory. */
const IDLE_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/** A thread that parses and validates large bodies, one after the other. It runs only while it is needed. */
export class BodyThread {
  private worker: Worker | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private cancelIdle: (() => void) | undefined;

  /** @param script a module that calls `serveBodies` */
  constructor(
    private readonly script: URL,
    private readonly clock: Clock,
  ) {}

  /**
   * The valid value of a body. The bytes are handed over, and must not be used afterwards.
   * @throws AppError for a body that is refused; `overloaded` when it takes too long
   */
  parse(bytes: Uint8Array<ArrayBuffer>): Promise<object> {
    const parsed = this.turn.then(() => this.run(bytes));
    this.turn = parsed.catch(() => undefined);
    return parsed;
  }

  /** Terminates the thread. Never rejects. */
  async stop(): Promise<void> {
    this.cancelIdle?.();
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private async run(bytes: Uint8Array<ArrayBuffer>): Promise<object> {
    this.cancelIdle?.();
    const worker = (this.worker ??= this.launch());
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const value: Record<string, unknown> = {};
    const onMessage = (reply: BodyReply) => {
      if ('fault' in reply) return reject(refuseJson(reply.fault));
      if ('issues' in reply) return reject(toValidationError(reply.issues));
      join(value, reply.part);
      if (reply.isLast) resolve(value);
      else worker.postMessage('next', []);
    };
    const onExit = () => reject(new ServiceError('the thread that parses bodies has ended'));
    const onTimeout = () => reject(new AppError('overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS }));
    const cancelLimit = this.clock.setTimer(onTimeout, BODY_LIMIT_MS);
    worker.on('message', onMessage).once('error', reject).once('exit', onExit);
    worker.postMessage(bytes, [bytes.buffer]);
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'overloaded') await this.stop();
      throw error;
    } finally {
      cancelLimit();
      worker.off('message', onMessage).off('error', reject).off('exit', onExit);
      if (this.worker) this.cancelIdle = this.clock.setTimer(() => void this.stop(), IDLE_MS);
    }
  }

  private launch(): Worker {
    const worker = new Worker(this.script, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
    // A caller who waits gets the error there. An idle thread that fails must not end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }
}

/** Adds a part to the value; the items of a list that has begun are appended. */
function join(value: Record<string, unknown>, part: Record<string, unknown>): void {
  for (const [name, more] of Object.entries(part)) {
    const before = value[name];
    if (Array.isArray(before) && Array.isArray(more)) for (const item of more) before.push(item);
    else value[name] = more;
  }
}
