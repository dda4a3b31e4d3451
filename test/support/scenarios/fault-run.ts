import { GenerationTargets } from '../../../src/targets/generation/generation-targets.ts';
import type { GenerationAttempt } from '../../../src/models/generation.ts';
import { watchAbortListeners, type AbortListeners } from '../service/abort-listeners.ts';
import { metadata } from './expected.ts';
import { FakeHuggingFace } from '../fakes/fake-hugging-face.ts';
import { DRIP_MS, DRIPS, ENDINGS, IDLE_MS, type FaultRow, type Letter } from './fault-table.ts';
import { modelUrl, startWithFake, type Scenario } from './scenario.ts';
import type { AnswerBody, Reply, Service } from '../service/service.ts';
import { until } from '../until.ts';

export const FIRST = 'huggingface_api';
export const BACKUP = 'backup';

const HEDGE_MS = 1_200;
const BASE_DELAY_MS = 100;
/** The longest time for which a target is held. */
const LONGEST_HOLD_MS = 300_000;
const HEALTH_MS = 60_000;
/** The shortest interval of the service's own background work. */
const STEP_MS = 60_000;
/** Of a question, less what is kept for the answer. */
const DEADLINE_MS = 29_800;
/** The successful calls after which a demoted target is first again. */
const GOOD_CALLS = 3;

/** Those of the process itself, before anything was started. */
const handlesBefore = countHandles();

/** The outcome of one question. */
export interface QuestionOutcome {
  /** A letter for each attempt. */
  sequence: string;
  metadata: AnswerBody['metadata'];
}

/** The service with a model that fails as a table says; with room for one question at a time, and none that waits. */
export class FaultRun {
  private constructor(
    readonly scenario: Scenario,
    readonly backup: FakeHuggingFace | undefined,
    private readonly listeners: AbortListeners,
    /** Those with which the idle service waits. */
    private readonly idleTimers: number,
  ) {}

  static async start(env: Record<string, string>, hasBackup: boolean): Promise<FaultRun> {
    const listeners = watchAbortListeners();
    const first = await new FakeHuggingFace().start();
    const backup = hasBackup ? await new FakeHuggingFace().start() : undefined;
    const targets = [modelUrl(first), ...(backup ? [modelUrl(backup, `&name=${BACKUP}`)] : [])];
    const limits = {
      GENERATION_TARGETS: targets.join(),
      GENERATION_IDLE_TIMEOUT_MS: String(IDLE_MS),
      GENERATION_MAX_CONCURRENT: '1',
      GENERATION_MAX_QUEUED: '0',
      RETRY_MAX_ATTEMPTS: '3',
      // Every question waits for the outcome of its calls.
      GENERATION_PATIENCE_MS: '3600000',
    };
    const scenario = await startWithFake({ ...limits, ...env }, first);
    await scenario.ask();
    await scenario.settled();
    return new FaultRun(scenario, backup, listeners, scenario.clock.pendingTimers);
  }

  /** Stops everything, `others` too, and expects that nothing of it is left in the process. */
  async close(...others: FakeHuggingFace[]): Promise<void> {
    await this.scenario.close();
    await this.backup?.stop();
    for (const other of others) await other.stop();
    this.listeners.stop();
    await until('no handle is left', () => countHandles() <= handlesBefore);
  }

  /** Makes the first target fail until `recover`. */
  async begin({ fault }: FaultRow): Promise<void> {
    const { fake } = this.scenario;
    if (fault === 'refused') await fake.stop();
    else fake.fail('chat', fault);
  }

  /** Asks, lets time pass only where the sequence needs it, and returns the real sequence. */
  async ask(row: FaultRow, sequence: string): Promise<QuestionOutcome> {
    const { scenario } = this;
    const { clock, fake } = scenario;
    const beganAt = clock.now();
    let received = fake.count('chat');
    const asked = scenario.ask();
    for (const [turn, letter] of lettersOf(sequence).entries()) {
      const isRepeat = turn > 0 && !this.backup;
      if (isRepeat) await this.pass(pauseMs(row, turn));
      if (turn > 0 && this.backup) break;
      if (isCall(letter) && row.fault !== 'refused') await this.receive(++received, asked);
      await this.letPass(letter, row.limitMs ?? 0, DEADLINE_MS - (clock.now() - beganAt));
    }
    const { body } = await asked;
    return { sequence: this.encode(body.metadata.attempts, sequence), metadata: body.metadata };
  }

  /** Ends the fault, and expects that the target is used again by itself as before the fault. */
  async recover(): Promise<void> {
    const { fake, ask, service } = this.scenario;
    fake.clearFaults();
    await fake.start();
    await this.rest(LONGEST_HOLD_MS);
    for (let call = 0; call < GOOD_CALLS; call++) expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(FIRST)).toMatchObject({ state: 'closed', fail_count: 0, hold: null });
    await this.rest(HEALTH_MS);
    await this.expectNothingLeft();
  }

  /** Lets a long time pass without a question, in steps short enough for what the service does by itself meanwhile. */
  async rest(ms: number): Promise<void> {
    const { clock, settled } = this.scenario;
    const endsAt = clock.now() + ms;
    while (clock.now() < endsAt) {
      await settled();
      await clock.advance(Math.min(STEP_MS, endsAt - clock.now()));
    }
    await settled();
  }

  /** No permit, place, trial slot, timer, socket or listener may be left of questions that have ended. */
  async expectNothingLeft(): Promise<void> {
    const { service, clock, settled } = this.scenario;
    await settled();
    await this.backup?.allClosed();
    await until('no listener is left', () => this.listeners.held.length === 0);
    await until('no timer is left', () => clock.pendingTimers === this.idleTimers);
    expect(service.app.get(GenerationTargets).queueDepth).toBe(0);
    for (const { name, half_open_trials } of Object.values((await service.circuits()).circuit_breakers))
      expect({ name, half_open_trials, underWay: callsUnderWay(service, name) }).toEqual({
        name,
        half_open_trials: 0,
        underWay: 0,
      });
  }

  /** Waits until the target has been called that often; an answer that comes before it is an error of the sequence. */
  private async receive(calls: number, answer: Promise<Reply<AnswerBody>>): Promise<void> {
    const { fake } = this.scenario;
    const early = answer.then(({ body }) => {
      if (fake.count('chat') < calls) throw new Error(`answered too early: ${JSON.stringify(body)}`);
    });
    await Promise.race([fake.received('chat', calls), early]);
  }

  private async letPass(letter: Letter, limitMs: number, leftMs: number): Promise<void> {
    const { clock } = this.scenario;
    if (letter === 'T') return this.pass(limitMs);
    if (letter === 'A') return this.pass(HEDGE_MS);
    if (letter === 'D') return this.pass(limitMs, leftMs);
    if (letter === 'S' && limitMs > 0)
      for (let drip = 0; drip < DRIPS; drip++) {
        await until('a part has come', () => clock.isDueIn(IDLE_MS));
        // A backup would take over from a stream that dribbles beyond its share of the time.
        await clock.advance(this.backup ? DRIP_MS / DRIPS : DRIP_MS);
      }
  }

  /** Waits for a timer that runs for `timerMs`, and lets that or another time pass. */
  private async pass(timerMs: number, ms = timerMs): Promise<void> {
    const { clock } = this.scenario;
    await until(`something waits for ${timerMs} ms`, () => clock.isDueIn(timerMs));
    await clock.advance(ms);
  }

  /** The attempts in letters: those of the expected sequence where they fit. */
  private encode(attempts: GenerationAttempt[], expected: string): string {
    const letters = lettersOf(expected);
    return attempts
      .map(({ target, outcome }, turn) => {
        const letter = letters[turn];
        const isExpected = letter !== undefined && ENDINGS[letter].outcome === outcome;
        const wanted = turn > 0 && this.backup ? BACKUP : FIRST;
        return isExpected && target === wanted ? letter : `(${target}: ${outcome})`;
      })
      .join('');
  }
}

export function lettersOf(sequence: string): Letter[] {
  return [...sequence].filter((letter): letter is Letter => letter in ENDINGS);
}

/** Whether the target was called. */
export function isCall(letter: Letter): boolean {
  return ENDINGS[letter].counted !== 'rejected';
}

/** Before the call that is made again the `retry`-th time: doubled each time, without its random half. */
function pauseMs({ hold }: FaultRow, retry: number): number {
  return Math.max((BASE_DELAY_MS * 2 ** (retry - 1)) / 2, (hold?.ends_in ?? 0) * 1_000);
}

/** Permits of a guard that are not settled. */
export function callsUnderWay({ logs }: Service, guard: string): number {
  const events = logs.filter(({ breaker_name }) => breaker_name === guard).map(({ event }) => event);
  const count = (...wanted: string[]) => events.filter((event) => wanted.includes(String(event))).length;
  return count('circuit_call_attempt') - count('circuit_success', 'circuit_failure');
}

/** Sockets, servers and threads of this process. */
function countHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCP|Pipe|MessagePort)/.test(kind)).length;
}
