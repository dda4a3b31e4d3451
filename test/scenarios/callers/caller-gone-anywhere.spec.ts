import { Database } from '../../../src/postgres/connection/database.ts';
import type { GuardSnapshot } from '../../../src/resilience/guard/guard-snapshot.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { BACKUP, callsUnderWay, FaultRun, FIRST } from '../../support/scenarios/fault-run.ts';
import { IDLE_MS } from '../../support/scenarios/fault-table.ts';
import { embedderUrl } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const HEDGE_MS = 1_200;
const FIRST_PAUSE_MS = 50;
/** Half of what is left of the deadline. */
const QUEUE_WAIT_MS = 14_900;

/** A question whose caller may leave. */
interface PendingQuestion {
  leave(): Promise<void>;
}

interface Fixture {
  run: FaultRun;
  embedder: FakeHuggingFace;
  ask(): PendingQuestion;
}

/** A moment at which a caller goes away. */
interface Moment {
  name: string;
  /** Asks a question and brings it to this moment. `after` ends other questions once the caller has left. */
  reach(fixture: Fixture): Promise<{ asked: PendingQuestion; after?: () => Promise<void> }>;
  /** The counts by guard; a model that is not named counts nothing. */
  counted: Record<string, Partial<GuardSnapshot['totals']>>;
}

const none = { calls: 0, successes: 0, failures: 0, ignored: 0, rejected: 0 };
const ignoredOnce = { calls: 1, ignored: 1 };
const failed = { calls: 1, failures: 1 };

const always: Moment[] = [
  {
    name: 'while its question is embedded',
    async reach({ embedder, ask }) {
      const calls = embedder.count('embed');
      embedder.fail('embed', { kind: 'black_hole' });
      const asked = ask();
      await embedder.received('embed', calls + 1);
      return { asked };
    },
    counted: { embedding_api: ignoredOnce },
  },
  {
    name: 'while documents are searched',
    async reach({ run, ask }) {
      const { service } = run.scenario;
      const held = Promise.withResolvers<void>();
      // The embedded database has one connection.
      const holding = service.app.get(Database).transaction(() => held.promise);
      const asked = ask();
      await until('both searches wait', () => callsUnderWay(service, 'postgres') === 3);
      const after = () => {
        held.resolve();
        return holding;
      };
      return { asked, after };
    },
    counted: { postgres: { calls: 3, successes: 1, ignored: 2 }, embedding_api: { calls: 1, successes: 1 } },
  },
  {
    name: 'before the first token',
    async reach({ run, ask }) {
      const { fake } = run.scenario;
      const calls = fake.count('chat');
      fake.fail('chat', { kind: 'black_hole' });
      const asked = ask();
      await fake.received('chat', calls + 1);
      return { asked };
    },
    counted: { [FIRST]: ignoredOnce },
  },
  {
    name: 'in the middle of the answer',
    async reach({ run, ask }) {
      const { fake, clock } = run.scenario;
      fake.fail('chat', { kind: 'stall', parts: 3 });
      const asked = ask();
      await until('tokens have come', () => clock.isDueIn(IDLE_MS));
      return { asked };
    },
    counted: { [FIRST]: ignoredOnce },
  },
  {
    name: 'while it waits behind another',
    async reach({ run, ask }) {
      const { fake, clock } = run.scenario;
      const calls = fake.count('chat');
      fake.fail('chat', { kind: 'black_hole' });
      const other = ask();
      await fake.received('chat', calls + 1);
      const asked = ask();
      await until('it waits', () => clock.isDueIn(QUEUE_WAIT_MS));
      const after = async () => {
        await until('it waits no more', () => !clock.isDueIn(QUEUE_WAIT_MS));
        expect(fake.openSockets).toBe(1);
        await other.leave();
      };
      return { asked, after };
    },
    counted: { [FIRST]: ignoredOnce },
  },
];

const paused: Moment = {
  name: 'in the pause before a call is made again',
  async reach({ run, ask }) {
    const { scenario, backup } = run;
    for (const model of [scenario.fake, backup]) model?.fail('chat', { kind: 'reset' });
    const asked = ask();
    await until('the pause has begun', () => scenario.clock.isDueIn(FIRST_PAUSE_MS));
    return { asked };
  },
  counted: { [FIRST]: failed },
};

const hedged: Moment = {
  name: 'while two models are asked at once',
  async reach({ run, ask }) {
    const { scenario, backup } = run;
    const calls = [scenario.fake, backup].map((model) => model?.count('chat') ?? 0);
    for (const model of [scenario.fake, backup]) model?.fail('chat', { kind: 'black_hole' });
    const asked = ask();
    await scenario.fake.received('chat', (calls[0] ?? 0) + 1);
    await scenario.clock.advance(HEDGE_MS);
    await backup?.received('chat', (calls[1] ?? 0) + 1);
    return { asked };
  },
  counted: { [FIRST]: ignoredOnce, [BACKUP]: ignoredOnce },
};

describe.each([
  ['one model', false, [...always, paused]],
  ['two models', true, [...always, { ...paused, counted: { [FIRST]: failed, [BACKUP]: failed } }, hedged]],
])('a caller who leaves a service with %s', (_, hasBackup, moments) => {
  const embedder = new FakeHuggingFace();
  let run: FaultRun;
  let questions = 0;

  beforeAll(async () => {
    await embedder.start();
    const env = { EMBEDDING_TARGETS: embedderUrl(embedder), GENERATION_MAX_QUEUED: '1' };
    run = await FaultRun.start(env, hasBackup);
  });

  afterAll(() => run.close(embedder));

  function ask(): PendingQuestion {
    const caller = new AbortController();
    const question = circuitQuestion(10_000 + questions++);
    const asked = run.scenario.service.query(question, {}, { signal: caller.signal });
    asked.catch(() => undefined);
    return {
      async leave() {
        caller.abort();
        await expect(asked).rejects.toThrow('aborted');
      },
    };
  }

  const totals = async () => {
    const { circuit_breakers } = await run.scenario.service.circuits();
    return Object.fromEntries(Object.values(circuit_breakers).map((guard) => [guard.name, guard.totals]));
  };

  it.each<Moment>(moments)('leaves nothing behind when it goes away $name', async ({ reach, counted }) => {
    const { service, fake, ask: askOther } = run.scenario;
    expect((await askOther()).body.metadata).toEqual(metadata());
    await run.expectNothingLeft();
    const models = [fake, run.backup].filter((model) => model !== undefined);
    const calls = models.map((model) => model.count('chat'));
    const before = await totals();

    const { asked, after } = await reach({ run, embedder, ask });
    await asked.leave();
    await after?.();
    await embedder.allClosed();
    await run.expectNothingLeft();

    const names = [FIRST, BACKUP].slice(0, models.length);
    const seen = await totals();
    for (const name of new Set([...names, ...Object.keys(counted)])) {
      const own = Object.entries(seen[name] ?? {}).map(([key, n]) => [
        key,
        n - Number(before[name]?.[key as keyof typeof none]),
      ]);
      expect({ name, ...Object.fromEntries(own) }).toEqual({ name, ...none, ...counted[name] });
    }
    expect(models.map((model, index) => model.count('chat') - (calls[index] ?? 0))).toEqual(
      names.map((name) => counted[name]?.calls ?? 0),
    );
    for (const model of [...models, embedder]) model.clearFaults();
    expect((await askOther()).body.metadata).toEqual(metadata());
    for (const name of names)
      expect(await service.guard(name)).toMatchObject({ state: 'closed', hold: null, half_open_trials: 0 });
  });

  it('frees its place in the queue for the next question, and leaves nothing behind', async () => {
    const { fake, clock, ask: askOther } = run.scenario;
    const calls = fake.count('chat');
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const first = ask();
    await fake.received('chat', calls + 1);
    const second = askOther();
    await until('it waits', () => clock.isDueIn(QUEUE_WAIT_MS));
    await first.leave();
    expect((await second).body.metadata).toEqual(metadata());
    await run.expectNothingLeft();
  });
});
