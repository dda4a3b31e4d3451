import { classifyError } from '../../../src/huggingface/classify.ts';
import { AttemptTimeoutError, GuardRejectedError } from '../../../src/resilience/guard/errors.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { DimensionCheck } from '../../../src/targets/dimension-check.ts';
import { EmbeddingTargets, type GuardedEmbedder } from '../../../src/targets/embedding-targets.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { refused, status } from '../../support/guards/generation.ts';
import { defaultSettings } from '../../support/guards/guards.ts';

const TIMEOUT_MS = 3_000;
const HEDGE_MS = 1_200;
const vectors = [[1, 0]];

type Host = () => Promise<number[][]>;
const fails =
  (error: Error): Host =>
  async () => {
    throw error;
  };
const answers: Host = () => Promise.resolve(vectors);
const hangs: Host = () => new Promise(() => undefined);

function setUp(hosts: [Host, ...Host[]], keys: string[] = []) {
  const clock = new FakeClock();
  const asked = hosts.map(() => 0);
  const createGuard = (name: string) =>
    new Guard(name, { ...defaultSettings, failThreshold: 2 }, clock, () => undefined);
  const guarded = hosts.map((_, index): GuardedEmbedder => ({
    guard: createGuard(`host_${index + 1}`),
    ingestGuard: createGuard(`ingest_${index + 1}`),
    apiKey: keys[index],
    isLocal: false,
    embedder: {
      model: 'm',
      embed() {
        asked[index] = (asked[index] ?? 0) + 1;
        return (hosts[index] ?? hangs)();
      },
    },
  }));
  const [first, ...others] = guarded;
  if (!first) throw new Error('there must be a host');
  const limits = {
    timeoutMs: TIMEOUT_MS,
    ingestTimeoutMs: 15_000,
    hedgeAfterMs: HEDGE_MS,
    patienceMs: undefined,
    minSimilarity: 0.3,
  };
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logs.push(JSON.parse(line)) });
  const dimensions = new DimensionCheck('m', clock, logger);
  const targets = new EmbeddingTargets([first, ...others], classifyError, limits, clock, dimensions);
  return { clock, asked, targets, hosts, logs, guards: guarded.map(({ guard }) => guard) };
}

describe('the hosts of an embedding model', () => {
  it.each([
    ['refuses connections', refused],
    ['answers 500', status(500)],
    ['asks for fewer calls', status(429)],
    ['refuses the key', status(401)],
    ['is loading', status(503)],
  ])('are called one after the other when the first %s', async (_, error) => {
    const { targets, asked } = setUp([fails(error), answers]);
    expect(await targets.embed(['a'])).toBe(vectors);
    expect(asked).toEqual([1, 1]);
  });

  it('have a circuit each, and an open one is skipped', async () => {
    const { targets, asked, guards } = setUp([fails(refused), answers]);
    for (let call = 0; call < 5; call++) await targets.embed(['a']);
    expect(asked).toEqual([2, 5]);
    expect(guards.map((guard) => guard.snapshot().state)).toEqual(['open', 'closed']);
  });

  it('are replaced before the time limit when one hangs, and the limit still counts as its failure', async () => {
    const { targets, clock, guards } = setUp([hangs, answers]);
    const embedded = targets.embed(['a']);
    await clock.advance(HEDGE_MS);
    expect(await embedded).toBe(vectors);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(TIMEOUT_MS - HEDGE_MS);
    expect(guards[0]?.snapshot()).toMatchObject({ fail_count: 1, last_failure_kind: 'timeout' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('are waited for four times as long as they usually take, at least 60 ms, once 20 calls are known', async () => {
    const { targets, clock, hosts } = setUp([answers]);
    const call = async (ms: number) => {
      hosts[0] = () => new Promise((resolve) => void clock.setTimer(() => resolve(vectors), ms));
      await Promise.all([targets.embed(['a']), clock.advance(ms)]);
    };
    for (let calls = 1; calls < 20; calls++) await call(5);
    expect(targets.patienceMs).toBe(Infinity);
    await call(5);
    expect(targets.patienceMs).toBe(60);
    await call(200);
    expect(targets.patienceMs).toBeGreaterThan(760);
    expect(targets.patienceMs).toBeLessThan(840);
  });

  it('are replaced before the patience is over when one hangs that is usually fast', async () => {
    const { targets, clock, hosts, asked } = setUp([answers, answers]);
    for (let calls = 0; calls < 20; calls++) await targets.embed(['a']);
    hosts[0] = hangs;
    const embedded = targets.embed(['a']);
    await clock.advance(targets.patienceMs / 2);
    expect(await embedded).toBe(vectors);
    expect(asked).toEqual([21, 1]);
  });

  it('are each called once when all hang', async () => {
    const { targets, clock, asked } = setUp([hangs, hangs, hangs]);
    const embedded = targets.embed(['a']);
    await clock.advance(2 * HEDGE_MS - 1);
    expect(asked).toEqual([1, 1, 0]);
    const [failed] = await Promise.all([
      embedded.catch((error: unknown) => error),
      clock.advance(TIMEOUT_MS + 1),
    ]);
    expect(failed).toBeInstanceOf(AttemptTimeoutError);
    expect(asked).toEqual([1, 1, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fail with the error of the last host that was called, not with a refusal', async () => {
    const { targets, hosts, guards } = setUp([fails(new AttemptTimeoutError('attempt')), answers]);
    guards[1]?.force('forced_open', 60_000);
    await expect(targets.embed(['a'])).rejects.toBeInstanceOf(AttemptTimeoutError);
    hosts[0] = fails(refused);
    await expect(targets.embed(['a'])).rejects.toBe(refused);
    await expect(targets.embed(['a'])).rejects.toBeInstanceOf(GuardRejectedError);
  });

  it('are called in turn when the first refuses every text, which opens its circuit', async () => {
    const { targets, guards } = setUp([fails(status(422)), answers]);
    for (let question = 0; question < 2; question++) expect(await targets.embed(['a'])).toBe(vectors);
    expect(guards[0]?.snapshot()).toMatchObject({ state: 'open', last_failure_kind: 'invalid_request' });
  });

  it('keep their circuits when they refuse the text of a question alone', async () => {
    let calls = 0;
    const { targets, guards } = setUp([() => (calls++ % 2 === 0 ? fails(status(400))() : answers())]);
    for (let question = 0; question < 5; question++)
      await expect(targets.embed(['bad'])).rejects.toMatchObject({ status: 400 });
    expect(calls).toBe(10);
    expect(guards[0]?.snapshot()).toMatchObject({ state: 'closed', fail_count: 0 });
  });

  it('fail a probe when they refuse every text', async () => {
    const { targets } = setUp([fails(status(422))]);
    const [subject] = targets.probeSubjects;
    const failed = await subject?.probe(new AbortController().signal).catch((error: unknown) => error);
    expect(subject?.classify(failed)).toMatchObject({ outcome: 'failure', errorType: 'invalid_request' });
  });

  it('are latched together when they share a refused key', async () => {
    const { targets, asked } = setUp([fails(status(403)), answers, answers], ['k', 'k', 'other']);
    expect(await targets.embed(['a'])).toBe(vectors);
    expect(asked).toEqual([1, 0, 1]);
  });

  it('are aborted when their caller leaves', async () => {
    const { targets, asked } = setUp([hangs, answers]);
    const caller = new AbortController();
    const embedded = targets.embed(['a'], caller.signal);
    caller.abort(new Error('gone'));
    await expect(embedded).rejects.toThrow('gone');
    expect(asked).toEqual([1, 0]);
  });
});

describe('the length of the vectors of an embedding model', () => {
  const long: Host = () => Promise.resolve([[1, 0, 0]]);
  const mismatch = { name: 'DimensionMismatchError', model: 'm', expected: 2, received: 3 };

  it('may be any as long as none is stored', async () => {
    const { targets, guards } = setUp([long]);
    expect(await targets.embed(['a'])).toEqual([[1, 0, 0]]);
    expect(targets.dimensionMismatches).toEqual({});
    expect(guards[0]?.snapshot().fail_count).toBe(0);
  });

  it('must be that of the stored vectors, or the host has failed and the next one is called', async () => {
    const { targets, asked, guards } = setUp([long, answers]);
    targets.expectDimension(2);
    expect(await targets.embed(['a'])).toBe(vectors);
    expect(asked).toEqual([1, 1]);
    expect(guards[0]?.snapshot()).toMatchObject({ fail_count: 1, last_failure_kind: 'bad_response' });
    expect(targets.dimensionMismatches).toEqual({ host_1: { expected: 2, received: 3 } });
  });

  it('is checked by probes', async () => {
    const { targets, hosts } = setUp([long]);
    const [subject] = targets.probeSubjects;
    const { signal } = new AbortController();
    targets.expectDimension(2);
    await expect(subject?.probe(signal)).rejects.toMatchObject(mismatch);
    expect(targets.dimensionMismatches).toEqual({ host_1: { expected: 2, received: 3 } });
    hosts[0] = answers;
    await subject?.probe(signal);
    expect(targets.dimensionMismatches).toEqual({});
  });

  it('is confirmed by embedding another text', async () => {
    const { targets, hosts } = setUp([long]);
    await expect(targets.ingestion.confirmDimension(2, new AbortController().signal)).rejects.toMatchObject(
      mismatch,
    );
    hosts[0] = answers;
    await targets.ingestion.confirmDimension(2, new AbortController().signal);
    expect(targets.dimensionMismatches).toEqual({});
  });

  it('is accepted once vectors of that length are stored', async () => {
    const { targets } = setUp([long]);
    targets.expectDimension(2);
    await expect(targets.embed(['a'])).rejects.toMatchObject(mismatch);
    targets.expectDimension(3);
    expect(targets.dimensionMismatches).toEqual({});
    expect(await targets.embed(['a'])).toEqual([[1, 0, 0]]);
  });

  it('is logged once while it stays wrong, and every ten minutes while it alternates', async () => {
    const { targets, hosts, logs, clock, guards } = setUp([long]);
    targets.expectDimension(2);
    const alternate = async () => {
      guards[0]?.reset();
      hosts[0] = long;
      await expect(targets.embed(['a'])).rejects.toMatchObject(mismatch);
      await expect(targets.embed(['a'])).rejects.toMatchObject(mismatch);
      guards[0]?.reset();
      hosts[0] = answers;
      await targets.embed(['a']);
    };
    await alternate();
    await alternate();
    expect(logs).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'embedding_dimension_mismatch',
        breaker_name: 'host_1',
        model: 'm',
        expected_dimension: 2,
        received_dimension: 3,
      }),
    ]);
    await clock.advance(600_000);
    await alternate();
    expect(logs).toHaveLength(2);
  });
});
