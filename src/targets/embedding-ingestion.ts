import { UpstreamError } from '../huggingface/errors.ts';
import { isConnectionEnded } from '../huggingface/stale-connection.ts';
import { BatchRefusedError } from '../models/batch-refused.ts';
import type { Embedder } from '../models/embedding.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../resilience/guard/errors.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import type { Verdict } from '../resilience/guard/outcome.ts';
import { Semaphore } from '../resilience/limits/semaphore.ts';
import { sleep, type Clock } from '../resilience/time/clock.ts';
import { startDeadline, untilAborted } from '../resilience/time/deadline.ts';
import { BatchSize } from './batch-size.ts';
import type { DimensionCheck } from './dimension-check.ts';
import { CHECK_TEXT, type HostRefusals } from './host-refusals.ts';
import { latchTargetsWithSameKey, type GuardedTarget } from './guarded-target.ts';

/** A host as ingestion calls it. */
export interface IngestionHost extends GuardedTarget {
  embedder: Embedder;
  /** The guard of the calls for questions, whose name is the host's. `guard` is that of the calls for chunks. */
  questionGuard: Guard;
}

/** The limits of the calls for chunks, in milliseconds. */
export interface IngestionLimits {
  /** For one call. */
  timeoutMs: number;
  /** For a call of a question, which must not wait for much longer than that behind a call for chunks. */
  questionMs: number;
}

/** Calls of one model at once. Raised, more calls stand in the way of a question. */
const MAX_CALLS = 1;
/** How long a call waits for those before it, in milliseconds. Lowered, ingestion fails where many upload at once. */
const MAX_WAIT_MS = 600_000;
/** How long a call lets questions go first, in milliseconds. Raised, chunks wait for longer under constant questions. */
const YIELD_MS = 1_000;
/** Share of a question's limit that one call for chunks should take. Raised, a question behind it may come too late. */
const CALL_SHARE = 1 / 3;
/** Pause between two checks whether a host works, in milliseconds. Raised, a server that was started again is seen later. */
const CHECK_PAUSE_MS = 500;
/** Another text than any that is stored, because a cache in front of the host would repeat its answer. */
const CONFIRMATION = 'How long are the vectors of this model?';
/** What the host says of itself or its caller, not of texts. */
const NOT_ABOUT_TEXTS = new Set(['rejected', 'cancelled', 'rate_limited', 'credentials', 'not_found']);
const REFUSED: Verdict = {
  outcome: 'ignored',
  errorType: 'invalid_request',
  retry: 'never',
  nextTarget: true,
};

interface Host extends IngestionHost {
  batch: BatchSize;
}

/** Embeds chunks with the hosts of one model: behind guards and limits of their own, and after the questions. */
export class EmbeddingIngestion {
  private readonly calls: Semaphore;
  private readonly hosts: Host[];

  constructor(
    hosts: IngestionHost[],
    private readonly limits: IngestionLimits,
    private readonly refusals: HostRefusals,
    private readonly clock: Clock,
    private readonly shared: {
      dimensions: DimensionCheck;
      /** Resolves when the questions that are being embedded now have their vectors, or failed. */
      questionsEmbedded: () => Promise<unknown>;
    },
  ) {
    this.calls = new Semaphore(clock, MAX_CALLS);
    const targetMs = limits.questionMs * CALL_SHARE;
    this.hosts = hosts.map((host) => ({ ...host, batch: new BatchSize(targetMs, clock) }));
  }

  /** The hosts' guards for chunks. */
  get guards(): Guard[] {
    return this.hosts.map(({ guard }) => guard);
  }

  /** Milliseconds until some host may be called; 0 when one may be called now. */
  get retryAfterMs(): number {
    return Math.min(
      ...this.hosts.map(({ guard, questionGuard }) =>
        Math.max(guard.retryAfterMs, isThrottled(questionGuard) ? questionGuard.retryAfterMs : 0),
      ),
    );
  }

  /**
   * Embeds the first of some texts with one call, as many as the first host takes that may be called. When it fails, the
   * next host gets its own share of them.
   * @param dimension the length that the vectors must have; that of the stored ones when nothing is said
   * @returns the vectors of the first texts, at least one for at least one text
   * @throws BatchRefusedError when the hosts work and made no vectors of these; the signal's reason; SemaphoreTimeoutError after
   *   a wait of ten minutes; else what the last host that was asked threw, AttemptTimeoutError or DimensionMismatchError;
   *   GuardRejectedError when none was
   */
  async embedFirst(texts: string[], signal: AbortSignal, dimension?: number): Promise<number[][]> {
    await this.calls.acquire(signal, MAX_WAIT_MS);
    try {
      await this.letQuestionsPass(signal);
      return await this.ask(texts, signal, dimension);
    } finally {
      this.calls.release();
    }
  }

  /**
   * Asks once more, with another text, how long the model's vectors are: one wrong answer must not decide it for good.
   * @throws DimensionMismatchError when the new vector has another length, or as `embedFirst`
   */
  async confirmDimension(dimension: number, signal: AbortSignal): Promise<void> {
    await this.embedFirst([CONFIRMATION], signal, dimension);
  }

  private async letQuestionsPass(signal: AbortSignal): Promise<void> {
    using limit = startDeadline(this.clock, YIELD_MS, signal);
    await untilAborted(this.shared.questionsEmbedded, limit.signal).catch(() => signal.throwIfAborted());
  }

  private async ask(texts: string[], signal: AbortSignal, dimension?: number): Promise<number[][]> {
    let failed: unknown;
    for (const host of this.hosts) {
      try {
        return await this.call(host, texts, signal, dimension);
      } catch (error) {
        signal.throwIfAborted();
        if (failed === undefined || !(error instanceof GuardRejectedError)) failed = error;
        // Another host of the model may take a text that this one does not, but a batch is divided first.
        const mayDivide = error instanceof BatchRefusedError && (error.count > 1 || error.isTooMany);
        if (mayDivide || !this.classify(error).nextTarget) throw error;
      }
    }
    throw failed;
  }

  private async call(
    host: Host,
    texts: string[],
    signal: AbortSignal,
    dimension: number | undefined,
  ): Promise<number[][]> {
    const { guard, questionGuard, batch } = host;
    // A key that serves both has nothing left for questions: chunks must not take what it gets next.
    if (isThrottled(questionGuard))
      throw new GuardRejectedError(questionGuard.name, 'throttled', questionGuard.retryAfterMs);
    const sent = texts.slice(0, batch.current);
    const embed = async (attempt: AbortSignal) => {
      const vectors = await this.embedOrRefuse(host, sent, attempt);
      this.shared.dimensions.check(questionGuard.name, vectors, dimension);
      return vectors;
    };
    const classify = (error: unknown) => this.classify(error);
    try {
      // Each call inside has a limit of its own.
      const timeoutMs = (this.limits.timeoutMs + this.limits.questionMs) * 2;
      return await guard.execute(embed, { signal, timeoutMs, classify });
    } catch (error) {
      const { errorType, hold } = this.classify(error);
      if (errorType === 'credentials') latchTargetsWithSameKey(this.hosts, host, hold?.ms ?? 0);
      throw error;
    }
  }

  /**
   * The host is asked for another text right after it made no vectors of these. A server that is out is so found, and no
   * text is blamed for it.
   * @throws BatchRefusedError when it embeds that one, and then, after a failure that may be chance, still not these
   */
  private async embedOrRefuse(host: Host, texts: string[], signal: AbortSignal): Promise<number[][]> {
    const { batch } = host;
    const count = texts.length;
    try {
      return await this.embedTimed(host, texts, signal);
    } catch (error) {
      if (signal.aborted || !this.isAboutTexts(error)) throw error;
      const isTimeout = error instanceof AttemptTimeoutError;
      if (isTimeout) batch.recordTimeout(count);
      const told = error instanceof UpstreamError ? (error.body.complaint?.batchLimit ?? count) : count;
      if (told < count) {
        batch.recordLimit(told);
        throw new BatchRefusedError(count, true, error);
      }
      const { errorType } = this.classify(error);
      // A server that a text has killed is started again.
      const checkMs = isConnectionEnded(error) ? this.limits.questionMs : 0;
      if (!(await this.works(host, checkMs, signal))) throw this.refusals.blameHost(error);
      if (errorType === 'http_error') {
        const vectors = await this.embedTimed(host, texts, signal).catch(() => undefined);
        if (vectors) return vectors;
        signal.throwIfAborted();
      }
      if (count === 1) batch.forgetLimit();
      else if (!isTimeout) batch.recordRefusal(count);
      throw new BatchRefusedError(count, false, error);
    }
  }

  private async embedTimed(
    { embedder, batch }: Host,
    texts: string[],
    signal: AbortSignal,
  ): Promise<number[][]> {
    const startedAt = this.clock.now();
    const vectors = await this.within(this.limits.timeoutMs, texts, embedder, signal);
    batch.recordSuccess(texts.length, this.clock.now() - startedAt);
    return vectors;
  }

  /** Whether the host embeds a text now, or within `waitMs` milliseconds. */
  private async works({ embedder }: Host, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const endsAt = this.clock.now() + waitMs;
    for (;;) {
      const vectors = await this.within(this.limits.questionMs, [CHECK_TEXT], embedder, signal).catch(
        () => undefined,
      );
      if (vectors) return true;
      if (this.clock.now() + CHECK_PAUSE_MS > endsAt) return false;
      await sleep(this.clock, CHECK_PAUSE_MS, signal);
    }
  }

  private async within(
    ms: number,
    texts: string[],
    embedder: Embedder,
    signal: AbortSignal,
  ): Promise<number[][]> {
    using limit = startDeadline(this.clock, ms, signal);
    try {
      return await untilAborted((attempt) => embedder.embed(texts, attempt), limit.signal);
    } catch (error) {
      throw error instanceof DeadlineExceededError && !signal.aborted
        ? new AttemptTimeoutError('attempt')
        : error;
    }
  }

  private isAboutTexts(error: unknown): boolean {
    const { errorType, hold } = this.classify(error);
    return isForbidden(error) || (hold === undefined && !NOT_ABOUT_TEXTS.has(errorType));
  }

  private classify(error: unknown): Verdict {
    return error instanceof BatchRefusedError ? REFUSED : this.refusals.classify(error);
  }
}

/** Whether the key may not do this: or a firewall in front of the host takes a text for an attack. */
function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamError && error.status === 403;
}

function isThrottled(guard: Guard): boolean {
  return guard.rejection === 'throttled';
}
