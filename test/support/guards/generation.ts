import { classifyError } from '../../../src/huggingface/classify.ts';
import { UpstreamError } from '../../../src/huggingface/errors.ts';
import { sleep } from '../../../src/resilience/time/clock.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import type { Generation, GenerationOptions } from '../../../src/models/generation.ts';
import type { GuardedGenerator } from '../../../src/targets/generation/generation-target.ts';
import {
  GenerationTargets,
  type GenerationPolicy,
} from '../../../src/targets/generation/generation-targets.ts';
import type { FailoverOptions } from '../../../src/targets/generation/failover-options.ts';
import { TokenTimes } from '../../../src/targets/generation/token-times.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { defaultSettings } from './guards.ts';
import { createRandom } from '../random.ts';

/** What a target does with one call. */
export type Behaviour = (options: GenerationOptions, clock: FakeClock) => Promise<Generation>;

export const request = { question: 'Why?', passages: [], messages: [] };

/** An error status as the adapter throws it. */
export function status(code: number, body: object = {}, retryAfterMs?: number): UpstreamError {
  return new UpstreamError(code, { page: false, contentRefused: false, ...body }, retryAfterMs);
}

export const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

export const fails =
  (error: Error): Behaviour =>
  async () => {
    throw error;
  };

export const hangs: Behaviour = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** Answers with the first token after `firstMs`, and with the last one `moreMs` later. */
export const answers =
  (firstMs = 0, moreMs = 0): Behaviour =>
  async ({ signal, onToken }, clock) => {
    if (firstMs > 0) await sleep(clock, firstMs, signal);
    onToken?.('Because');
    if (moreMs > 0) await sleep(clock, moreMs, signal);
    onToken?.('.');
    return { text: 'Because.', model: 'm', finishReason: 'stop' };
  };

/** Sends one token, and fails after `ms`. */
export const failsMidway =
  (error: Error, ms = 0): Behaviour =>
  async ({ signal, onToken }, clock) => {
    onToken?.('Be');
    if (ms > 0) await sleep(clock, ms, signal);
    throw error;
  };

/** Generation targets on a fake clock, `target_1` first. The behaviour of each may be changed at any time. */
export function createTargets(
  behaviours: Behaviour[],
  policy: Partial<GenerationPolicy> = {},
  failThreshold = 1,
  keys: string[] = [],
  retries: number[] = [],
) {
  const clock = new FakeClock();
  const random = createRandom(7);
  const calls = behaviours.map(() => 0);
  let underWay = 0;
  const targets = behaviours.map((_, index): GuardedGenerator => {
    const settings = { ...defaultSettings, failThreshold };
    return {
      guard: new Guard(
        `target_${index + 1}`,
        settings,
        clock,
        () => undefined,
        () => 0,
      ),
      isLocal: false,
      apiKey: keys[index],
      promptTokens: undefined,
      retries: retries[index] ?? 0,
      times: new TokenTimes(clock, {
        patienceMs: undefined,
        firstTokenTimeoutMs: 10_000,
        idleTimeoutMs: 10_000,
      }),
      generator: {
        async generate(_request, options) {
          calls[index] = (calls[index] ?? 0) + 1;
          underWay++;
          try {
            return await (behaviours[index] ?? hangs)(options, clock);
          } finally {
            underWay--;
          }
        },
      },
    };
  });
  const pool = new GenerationTargets(
    targets,
    classifyError,
    clock,
    {
      hedgeAfterMs: 1_200,
      maxAttempts: behaviours.length,
      maxHoldWaitMs: 1_000,
      baseDelayMs: 100,
      maxDelayMs: 10_000,
      maxConcurrent: 1_000,
      maxQueued: 0,
      ...policy,
    },
    () => random(1_000) / 1_000,
  );
  const { signal } = new AbortController();
  return {
    clock,
    pool,
    targets,
    /** The behaviours, which a test may replace. */
    behaviours,
    /** The number of calls of each target. */
    calls,
    guards: targets.map(({ guard }) => guard),
    /** The number of calls under way. */
    get underWay() {
      return underWay;
    },
    generate: (
      options: Partial<FailoverOptions<typeof request>> & { onToken?: (text: string) => unknown } = {},
    ) => {
      const { onToken, ...others } = options;
      const listener = onToken && { onToken: (text: string) => (onToken(text), true) };
      return pool.generate(() => request, { signal, leftMs: () => 30_000, listener, ...others });
    },
    /** Asks, and advances the clock until the answer is there. */
    async answer(stepMs = 100) {
      const done: { result?: Awaited<ReturnType<typeof pool.generate>> } = {};
      const startedAt = clock.now();
      void pool
        .generate(() => request, { signal, leftMs: () => 30_000 })
        .then((result) => (done.result = result));
      await clock.advance(0);
      while (!done.result) await clock.advance(stepMs);
      return { result: done.result, tookMs: clock.now() - startedAt };
    },
  };
}
