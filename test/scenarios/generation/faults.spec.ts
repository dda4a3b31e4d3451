import type { GuardSnapshot } from '../../../src/resilience/guard/guard-snapshot.ts';
import { excerpts, metadata } from '../../support/scenarios/expected.ts';
import { BACKUP, FaultRun, FIRST, isCall, lettersOf } from '../../support/scenarios/fault-run.ts';
import { ENDINGS, faults, type FaultRow } from '../../support/scenarios/fault-table.ts';

const FAIL_THRESHOLD = 5;
const OPEN_MS = 30_000;
/** In flight at the same time, in a half-open circuit. */
const MAX_TRIALS = 3;
/** Enough for a circuit to open, and within the budget of retries. */
const DISABLED_QUESTIONS = 4;
const NOTICE = 'The primary model is unavailable; a backup model answered.';

/** What the guard counts for the turns of a sequence. */
function countOutcomes(sequence: string): GuardSnapshot['totals'] {
  const totals = { calls: 0, successes: 0, failures: 0, ignored: 0, rejected: 0 };
  for (const letter of lettersOf(sequence)) {
    totals[ENDINGS[letter].counted]++;
    if (isCall(letter)) totals.calls++;
  }
  return totals;
}

function difference(after: GuardSnapshot['totals'], before: GuardSnapshot['totals']) {
  return {
    calls: after.calls - before.calls,
    successes: after.successes - before.successes,
    failures: after.failures - before.failures,
    ignored: after.ignored - before.ignored,
    rejected: after.rejected - before.rejected,
  };
}

/** The metadata of an answer after the sequence of one target. The sequence itself is compared apart. */
function expectedMetadata(sequence: string): Record<string, unknown> {
  const letters = lettersOf(sequence);
  const ending = letters.findLast(isCall) ?? letters[0] ?? 'S';
  const expected = ending === 'S' ? metadata() : excerpts(`${ENDINGS[ending].reason}_no_cache`, []);
  return { ...expected, attempts: expect.any(Array) };
}

/** What a closed circuit is called whose target is held or refuses different questions. */
function describeClosed(guard: GuardSnapshot & { demoted?: { cause: string } | null }): string {
  if (guard.hold) return 'held';
  return guard.demoted?.cause === 'refusing' ? 'refusing' : 'closed';
}

/** Asks a question for each sequence, and expects its attempts, calls, counters and state. */
async function expectSequences(
  run: FaultRun,
  row: FaultRow,
  sequences: string[],
  isEnabled: boolean,
): Promise<void> {
  const { service, fake } = run.scenario;
  const before = await service.guard(FIRST);
  const received = fake.count('chat');
  for (const sequence of sequences) {
    const outcome = await run.ask(row, sequence);
    const isBackedUp = run.backup !== undefined && sequence.endsWith('S') && sequence.length > 1;
    const backedUp = { ...metadata({ target: BACKUP, notice: NOTICE }), attempts: expect.any(Array) };
    expect(outcome.sequence).toBe(sequence);
    expect(outcome.metadata).toEqual(isBackedUp ? backedUp : expectedMetadata(sequence));
  }
  const counted = countOutcomes(
    sequences.map((sequence) => (run.backup ? sequence.slice(0, 1) : sequence)).join(''),
  );
  const isOpen = isEnabled && counted.failures >= FAIL_THRESHOLD;
  const after = await service.guard(FIRST);
  expect(difference(after.totals, before.totals)).toEqual(counted);
  expect(fake.count('chat') - received).toBe(row.fault === 'refused' ? 0 : counted.calls);
  expect(after).toMatchObject({
    state: isOpen ? 'open' : describeClosed(after),
    fail_count: isEnabled ? counted.failures : 0,
    hold: (isEnabled && row.hold) || null,
    mode: isEnabled ? 'auto' : 'disabled',
    retry_after: isOpen ? OPEN_MS / 1_000 : null,
    last_failure_kind: counted.failures > 0 ? row.kind : before.last_failure_kind,
  });
  await run.expectNothingLeft();
}

describe.each([
  ['on', true],
  ['off', false],
])('a failing model with the circuit breaker %s', (_, isEnabled) => {
  const env = { CIRCUIT_BREAKER_ENABLED: String(isEnabled) };
  let run: FaultRun;

  describe('without a backup', () => {
    beforeAll(async () => {
      run = await FaultRun.start(env, false);
    });

    afterAll(() => run.close());

    it.each(faults)('is retried, counted and held as documented: $name', async (row) => {
      const sequences = row.alone.split(' ');
      const [first = ''] = sequences;
      await run.begin(row);
      await expectSequences(
        run,
        row,
        isEnabled ? sequences : Array<string>(DISABLED_QUESTIONS).fill(first),
        isEnabled,
      );
      // A circuit that has opened is given a trial while the fault still lasts.
      for (const trial of isEnabled && sequences.at(-1) === 'R' ? [first.slice(0, 1)] : []) {
        await run.rest(OPEN_MS);
        expect((await run.ask(row, trial)).sequence).toBe(trial);
        const reopened = { state: 'open', consecutive_trips: 2, retry_after: (2 * OPEN_MS) / 1_000 };
        expect(await run.scenario.service.guard(FIRST)).toMatchObject(reopened);
      }
      await run.recover();
    });

    it('frees the slot of a half-open trial whose outcome is ignored', async () => {
      const { service } = run.scenario;
      for (const row of faults.filter(({ name }) => name === 'refused')) {
        await run.begin(row);
        for (const sequence of isEnabled ? row.alone.split(' ') : []) await run.ask(row, sequence);
        await run.rest(OPEN_MS);
      }
      for (const row of faults.filter(({ name }) => name === '400')) {
        await run.scenario.fake.start().catch(() => undefined);
        await run.begin(row);
        for (let trial = 0; trial <= MAX_TRIALS; trial++)
          expect((await run.ask(row, 'I')).sequence).toBe('I');
      }
      const state = isEnabled ? 'half-open' : 'refusing';
      expect(await service.guard(FIRST)).toMatchObject({ state, half_open_trials: 0 });
      await run.recover();
    });
  });

  describe('with a healthy backup', () => {
    beforeAll(async () => {
      run = await FaultRun.start(env, true);
    });

    afterAll(() => run.close());

    it.each(faults)('is retried, counted and held as documented: $name', async (row) => {
      const { service } = run.scenario;
      const calls = run.backup?.count('chat') ?? 0;
      const before = (await service.guard(BACKUP)).totals;
      await run.begin(row);
      await expectSequences(run, row, [row.backedUp], isEnabled);
      const backup = countOutcomes(row.backedUp.slice(1));
      expect(difference((await service.guard(BACKUP)).totals, before)).toEqual(backup);
      expect(run.backup?.count('chat')).toBe(calls + backup.calls);
      await run.recover();
    });
  });
});
