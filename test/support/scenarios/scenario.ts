import { circuitQuestion, handbook } from './documents.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeHuggingFace } from '../fakes/fake-hugging-face.ts';
import { startService, type AnswerBody, type Reply, type Service } from '../service/service.ts';
import { until } from '../until.ts';

/** The service on a fake clock, with a fake model behind it. */
export interface Scenario {
  service: Service;
  fake: FakeHuggingFace;
  clock: FakeClock;
  /** Asks something that was not asked before and that the handbook answers. */
  ask(): Promise<Reply<AnswerBody>>;
  /** Asks as `ask` does, and lets `ms` pass as soon as the model has got the call and a limit of that length runs. */
  askAndWait(ms: number): Promise<Reply<AnswerBody>>;
  /** Waits until no connection to the model is open, and the service does nothing, in the background neither. */
  settled(): Promise<void>;
  /** Stops everything, after a look whether anything was left open. */
  close(): Promise<void>;
}

/** The database answers in real time while the clock jumps: its limits must not fall due with the others. */
const ENDLESS_MS = '3600000';

/** One fault is one call: nobody but the tests of retries waits for a pause of a clock that stands still. */
const SINGLE = '1';

/** Starts a fake model and a service that generates with it, and stores the handbook. */
export async function startWithFake(
  env: Record<string, string> = {},
  fake = new FakeHuggingFace(),
): Promise<Scenario> {
  await fake.start();
  const clock = new FakeClock();
  const defaults = {
    GENERATION_TARGETS: modelUrl(fake),
    DATABASE_TIMEOUT_MS: ENDLESS_MS,
    RETRY_MAX_ATTEMPTS: SINGLE,
  };
  const service = await startService({ ...defaults, ...env }, clock);
  await service.ingest(handbook);
  let asked = 0;
  const ask = () => service.query(circuitQuestion(asked++));
  const settled = async () => {
    await fake.allClosed();
    await until('the service is at rest', () => service.isAtRest());
  };
  return {
    service,
    fake,
    clock,
    ask,
    async askAndWait(ms) {
      const calls = fake.count('chat');
      const reply = ask();
      await fake.received('chat', calls + 1);
      await until(`a limit of ${ms} ms runs`, () => clock.isDueIn(ms));
      await clock.advance(ms);
      return reply;
    },
    settled,
    async close() {
      await settled();
      await service.close();
      await fake.stop();
      if (clock.pendingTimers > 0) throw new Error('the closed service has left timers');
    },
  };
}

/** As `startWithFake`, with a second model behind the first: the target `backup`. */
export async function startWithBackup(
  backup: FakeHuggingFace,
  env: Record<string, string> = {},
): Promise<Scenario> {
  const first = await new FakeHuggingFace().start();
  await backup.start();
  const targets = `${modelUrl(first)},${modelUrl(backup, '&name=backup')}`;
  return startWithFake({ GENERATION_TARGETS: targets, ...env }, first);
}

/** The fake as a generation target; `parameters` are added to the model's name. */
export function modelUrl(fake: FakeHuggingFace, parameters = ''): string {
  return `${fake.url}/v1?model=fake-chat${parameters}`;
}

/** The fake as an embedding target. */
export function embedderUrl(fake: FakeHuggingFace): string {
  return `${fake.url}?api=openai&model=fake-embed`;
}
