import { BadResponseError, UpstreamError } from '../../../src/huggingface/errors.ts';
import { classifyError } from '../../../src/huggingface/classify.ts';
import { BatchRefusedError } from '../../../src/models/batch-refused.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { DimensionCheck } from '../../../src/targets/dimension-check.ts';
import { EmbeddingTargets, type GuardedEmbedder } from '../../../src/targets/embedding-targets.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { refused, status } from '../../support/guards/generation.ts';
import { defaultSettings } from '../../support/guards/guards.ts';

const QUESTION_MS = 3_000;
const INGEST_MS = 15_000;
const { signal } = new AbortController();
const hangs = () => new Promise<never>(() => undefined);

/** Answers one call with the texts; what it throws is the host's error. */
type Host = (texts: string[]) => unknown;

function setUp(...hosts: Host[]) {
  const clock = new FakeClock();
  const calls: string[][] = [];
  const guard = (name: string) => new Guard(name, defaultSettings, clock, () => undefined);
  const guarded = hosts.map((host, index): GuardedEmbedder => ({
    guard: guard(`host_${index + 1}`),
    ingestGuard: guard(`ingest_${index + 1}`),
    isLocal: false,
    apiKey: undefined,
    embedder: {
      model: 'm',
      async embed(texts) {
        calls.push(texts);
        await host(texts);
        return texts.map(() => [1, 0]);
      },
    },
  }));
  const [first, ...others] = guarded;
  if (!first) throw new Error('there must be a host');
  const limits = {
    timeoutMs: QUESTION_MS,
    ingestTimeoutMs: INGEST_MS,
    hedgeAfterMs: 1_200,
    patienceMs: undefined,
    minSimilarity: 0.3,
  };
  const dimensions = new DimensionCheck('m', clock, createLogger('silent'));
  const targets = new EmbeddingTargets([first, ...others], classifyError, limits, clock, dimensions);
  const embed = (texts: string[]) => targets.ingestion.embedFirst(texts, signal);
  /** Embeds texts in as many calls as that takes. */
  const embedAll = async (texts: string[]) => {
    for (let rest = texts; rest.length > 0;) rest = rest.slice((await embed(rest)).length);
  };
  return { clock, calls, targets, embed, embedAll, guards: guarded };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);
const failsAt =
  (bad: string, error: unknown): Host =>
  (texts) => {
    if (texts.includes(bad)) throw error;
  };

describe('the calls for chunks', () => {
  it.each([
    ['answers 500', status(500)],
    ['answers 400', status(400)],
    ['answers 403', status(403)],
    ['answers 413', status(413)],
    ['answers 422', status(422)],
    ['answers 503', status(503)],
    ['makes a vector that is no number', new BadResponseError('not_finite')],
    ['answers with text that does not parse', new BadResponseError('malformed')],
  ])('are refused, and count for no circuit, when a host that works %s to one text', async (_, error) => {
    const { embed, embedAll, guards } = setUp(failsAt('bad', error));
    await embedAll(numbered(40));
    for (let time = 0; time < 10; time++) {
      const failed = await embed(['bad']).catch((thrown: unknown) => thrown);
      expect(failed).toBeInstanceOf(BatchRefusedError);
      expect(failed).toMatchObject({ count: 1, isTooMany: false, cause: error });
      await embed(['good']);
    }
    expect(guards[0]?.ingestGuard.snapshot()).toMatchObject({ state: 'closed', fail_count: 0 });
    expect(guards[0]?.guard.snapshot().totals).toMatchObject({ calls: 0 });
  });

  it.each([500, 422])(
    'fail with %i as the host does that embeds no other text, and their circuit opens alone',
    async (code) => {
      const { embed, guards } = setUp(() => {
        throw status(code);
      });
      for (let time = 0; time < 5; time++)
        await expect(embed(['good'])).rejects.toMatchObject({ status: code });
      expect(guards[0]?.ingestGuard.state).toBe('open');
      expect(guards[0]?.guard.state).toBe('closed');
    },
  );

  it('are made once more after a failure that may be chance', async () => {
    let failures = 1;
    const { embed, calls } = setUp(() => {
      if (failures-- > 0) throw status(502);
    });
    expect(await embed(['good'])).toEqual([[1, 0]]);
    expect(calls).toEqual([['good'], ['ping'], ['good']]);
  });

  it('are refused when one text kills a server that is then started again', async () => {
    const reset = new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    let down = 0;
    const { embed, clock } = setUp((texts) => {
      if (texts.includes('bad')) down = 2;
      if (texts.includes('bad')) throw reset;
      if (down-- > 0) throw refused;
    });
    const failed = embed(['bad']).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ name: 'BatchRefusedError', cause: reset });
  });

  it('have the size that the host has told', async () => {
    const tooMany = new UpstreamError(413, {
      page: false,
      contentRefused: false,
      complaint: { parts: [], batchLimit: 8 },
    });
    const { embed, embedAll, calls } = setUp((texts) => {
      if (texts.length > 8) throw tooMany;
    });
    await expect(embedAll(numbered(40))).rejects.toMatchObject({ count: 16, isTooMany: true });
    calls.length = 0;
    await embedAll(numbered(40));
    await embed(numbered(3));
    expect(calls.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 3]);
  });

  it('are made with half of the texts after too many were refused without a limit', async () => {
    const { embed, embedAll, calls } = setUp((texts) => {
      if (texts.length > 8) throw status(400);
    });
    await expect(embedAll(numbered(40))).rejects.toMatchObject({ count: 16, isTooMany: false });
    calls.length = 0;
    await embedAll(numbered(40));
    await embed(numbered(3));
    expect(calls.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 3]);
  });

  it('are as short as a question may wait behind them, on a slow host', async () => {
    const { clock, embedAll, calls } = setUp((texts) => clock.advance(150 * texts.length));
    await embedAll(numbered(100));
    const sizes = calls.map(({ length }) => length);
    expect(sizes.slice(0, 4)).toEqual([1, 2, 4, 6]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
  });

  it('are shorter after one that took too long', async () => {
    let isSlow = true;
    const { clock, embed, embedAll, calls } = setUp((texts) =>
      isSlow && texts.length > 4 ? hangs() : undefined,
    );
    await embedAll(numbered(7));
    const failed = embed(numbered(8)).catch((error: unknown) => error);
    await clock.advance(INGEST_MS);
    expect(await failed).toMatchObject({ count: 8, cause: expect.any(AttemptTimeoutError) });
    calls.length = 0;
    isSlow = false;
    await embedAll(numbered(12));
    expect(calls.map(({ length }) => length)).toEqual([4, 8]);
  });

  it('wait for the questions that are being embedded, but not for ever', async () => {
    let isBusy = true;
    const { clock, targets, embed, calls } = setUp(([text]) =>
      isBusy && text === 'question' ? hangs() : undefined,
    );
    const question = targets.embed(['question']).catch(() => undefined);
    const embedded = embed(['chunk']);
    await clock.advance(999);
    expect(calls).toEqual([['question']]);
    await clock.advance(1);
    expect(await embedded).toEqual([[1, 0]]);
    isBusy = false;
    await clock.advance(QUESTION_MS);
    await question;
    expect(clock.pendingTimers).toBe(0);
  });

  it('are made one at a time', async () => {
    let underWay = 0;
    let most = 0;
    const { clock, embed } = setUp(async () => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
      underWay--;
    });
    const all = Promise.all(numbered(5).map((text) => embed([text])));
    await clock.advance(100);
    expect(await all).toHaveLength(5);
    expect(most).toBe(1);
  });

  it('leave a throttled host to the questions', async () => {
    const { embed, targets, calls } = setUp(([text]) => {
      if (text === 'question') throw status(429);
    });
    await targets.embed(['question']).catch(() => undefined);
    await expect(embed(['chunk'])).rejects.toMatchObject({ guard: 'host_1', rejection: 'throttled' });
    expect(calls).toEqual([['question']]);
    expect(targets.ingestion.retryAfterMs).toBeGreaterThan(0);
  });

  it('go to the next host when one fails, or refuses a single text', async () => {
    const down = setUp(
      () => {
        throw refused;
      },
      () => undefined,
    );
    expect(await down.embed(['good'])).toEqual([[1, 0]]);
    const picky = setUp(failsAt('bad', status(422)), () => undefined);
    expect(await picky.embed(['bad'])).toEqual([[1, 0]]);
    const all = setUp(failsAt('bad', status(422)), failsAt('bad', status(400)));
    await expect(all.embed(['bad'])).rejects.toBeInstanceOf(BatchRefusedError);
  });
});
