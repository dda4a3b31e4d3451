import type { Clock } from '../../resilience/time/clock.ts';
import { WorkerThread } from '../../resilience/worker-thread.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { AppError } from '../app-error.ts';
import { refuseJson } from './refuse-json.ts';
import { toValidationError } from '../validation.ts';
import type { BodyReply } from './serve-bodies.ts';

/** Memory limit of the thread: some ten times the largest body. */
const HEAP_MIB = 512;
/** Time limit of one body, which takes less than a second. Raised, a body that hangs keeps later ones waiting for longer. */
const BODY_LIMIT_MS = 30_000;
const RETRY_AFTER_SECONDS = 5;

/** A thread that parses and validates large bodies, one after the other. */
export class BodyThread {
  private readonly thread: WorkerThread;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param script a module that calls `serveBodies` */
  constructor(
    script: URL,
    private readonly clock: Clock,
  ) {
    this.thread = new WorkerThread(script, HEAP_MIB, clock);
  }

  /**
   * The valid value of a body. The bytes are handed over, and must not be used afterwards.
   * @throws AppError for a body that is refused; `overloaded` when it takes too long; the reason of a signal that aborted
   * before its turn
   */
  parse(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<object> {
    const parsed = this.turn.then(() => {
      signal.throwIfAborted();
      return this.run(bytes);
    });
    this.turn = parsed.catch(() => undefined);
    return parsed;
  }

  /** Terminates the thread. Never rejects. */
  stop(): Promise<void> {
    return this.thread.stop();
  }

  private async run(bytes: Uint8Array<ArrayBuffer>): Promise<object> {
    const worker = this.thread.use();
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
    try {
      worker.postMessage(bytes, [bytes.buffer]);
      return await promise;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'overloaded') await this.stop();
      throw error;
    } finally {
      cancelLimit();
      worker.off('message', onMessage).off('error', reject).off('exit', onExit);
      this.thread.rest();
    }
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
