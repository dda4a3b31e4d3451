import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Guard } from '../../../src/resilience/guard/guard.ts';
import { compareWithModel } from '../../support/guards/guard-model-run.ts';

const SOURCE = fileURLToPath(new URL('../../../src', import.meta.url));
/** Inside the repository, so that packages are found, and where no tool looks. */
const MUTANTS = fileURLToPath(new URL('../../../coverage/mutants', import.meta.url));

/** One deliberate mistake: a text in a file of the guard's room, and what it becomes. */
const mutants: [name: string, file: string, original: string, mistake: string][] = [
  ['a late outcome is counted', 'circuit', 'return admission.epoch === this.epoch;', 'return true;'],
  ['an ignored outcome is a failure', 'circuit', "if (outcome === 'ignored') return true;", ''],
  [
    'an ignored outcome is a success',
    'circuit',
    "if (outcome === 'ignored') return true;\n      const told = () => (outcome === 'success'",
    "const told = () => (outcome !== 'failure'",
  ],
  [
    'an outcome is found late before earlier ones are taken in',
    'circuit',
    'const counts = this.reports.then(async () => {\n      if (!admission || !this.isCurrent(admission)) return false;',
    'if (!admission || !this.isCurrent(admission)) return Promise.resolve(false);\n    const counts = this.reports.then(async () => {',
  ],
  [
    'a trial slot is given back before the outcome is taken in',
    'circuit',
    'const counts = this.reports',
    'if (admission) this.release(admission), (admission.trial = false);\n    const counts = this.reports',
  ],
  [
    'one trial too many',
    'circuit',
    'phase.trialsInFlight >= this.parts',
    'phase.trialsInFlight > this.parts',
  ],
  ['trial slots are not given back', 'circuit', 'this.phase.trialsInFlight--', 'void 0'],
  ['failures never get old', 'call-history', 'call?.failed && call.at > since', 'call?.failed'],
  ['the window of the rate never moves', 'call-history', 'call.at <= since ||', ''],
  ['a success does not end a run of failures', 'trip-breaker', 'else this.history.add(false);', ''],
  ['half-open never closes', 'circuit', 'else if (state === PolicyState.Closed)', 'else if (false)'],
  ['closing forgets no failure', 'trip-breaker', 'this.history.clear()', 'void 0'],
  ['trips are not remembered', 'open-time', 'this.trips = doublings + 1', 'this.trips = 0'],
  ['trips are never forgotten', 'open-time', 'this.hasForgotten() ? 0 : this.trips', 'this.trips'],
  ['the open time is not capped', 'open-time', 'const MAX_OPEN_MS = 300_000', 'const MAX_OPEN_MS = 3e9'],
  ['the open time is off by one', 'circuit', 'if (leftMs > 0)', 'if (leftMs >= 0)'],
  [
    'one failure more than the threshold',
    'trip-strategies',
    '>= settings.failThreshold',
    '> settings.failThreshold',
  ],
  [
    'half of the calls is enough for the rate',
    'trip-strategies',
    'failures > calls * MAX_FAILURE_RATE',
    'failures >= calls * MAX_FAILURE_RATE',
  ],
  ['a hanging trial stays', 'guard', 'Math.min(timeoutMs ?? TRIAL_LIMIT_MS, TRIAL_LIMIT_MS)', 'timeoutMs'],
  ['what a target asks for is not heeded', 'guard', 'if (held !== undefined)', 'if (false)'],
  ['a forced mode never ends', 'timed', 'this.held.until - this.clock.now()', 'this.held.until'],
  ['observing rejects', 'guard', "if (this.mode === 'observe') return", 'if (false) return'],
  [
    'advice is taken though the service works here',
    'guard',
    'this.peersOpen === true &&',
    'this.peersOpen === true ||',
  ],
  ['a reset keeps the trips', 'circuit', 'this.parts.openTime.forget();', ''],
];

afterAll(() => rm(MUTANTS, { recursive: true, force: true }));

describe('a mistake in the guard is found by the model', () => {
  it.each(mutants)('%s', async (name, file, original, mistake) => {
    const folder = `${MUTANTS}/${name.replaceAll(/\W+/g, '-')}`;
    await cp(`${SOURCE}/resilience`, `${folder}/resilience`, { recursive: true });
    const path = `${folder}/resilience/${file}.ts`;
    const source = await readFile(path, 'utf8');
    expect(source).toContain(original);
    await writeFile(path, source.replaceAll(original, mistake));
    const mutated = (await import(`${folder}/resilience/guard.ts`)) as { Guard: typeof Guard };
    await expect(
      compareWithModel(mutated.Guard, { numRuns: 300, seed: 20_261_121, endOnFailure: true }),
    ).rejects.toThrow('Property failed');
  });
});
