import { setTimeout as sleep } from 'node:timers/promises';
import { FailingModel, type Trouble } from './failing-model.ts';
import { median, showQuantiles } from './measure.ts';
import { percentile } from '../src/cli/ranking.ts';
import type { Row } from './report.ts';

/** Of the questions that hit a trouble which shows at once, each is one of ten. */
const HEALTHY_BETWEEN = 9;
const QUICK_HITS = 40;
const QUICK_AFTERWARDS = 100;
/** All of them asked before the first one that hangs is hedged. */
const BURST = { everyMs: 50, questions: 20 };
const AFTERWARDS = { everyMs: 200, questions: 100 };
/** From one slow trouble's burst to the next: together they would be a load of their own. */
const STAGGER_MS = 1_500;
const HEALTHY = 50;
/** Until the answer, with one target or two. */
const SLOW_BUDGETS_MS: Partial<Record<Trouble, { one: number; two: number }>> = {
  hangs: { one: 2_500, two: 1_600 },
  'stalls midway': { one: 3_000, two: 3_000 },
};
/** As many as open a circuit by default. */
const FAILURES = 5;

interface Samples {
  healthy: number[];
  /** Of questions that the service could not know to fail. */
  hit: number[];
  /** Of questions that came later, while the trouble went on. */
  afterwards: number[];
}

/** Time to the answer while the first target is in trouble, with and without a second one. */
export async function benchmarkFirstByte(signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  for (const hasBackup of [true, false])
    for (const trouble of ['refuses', 'answers 503'] as const) {
      await using model = await FailingModel.start(hasBackup, signal);
      rows.push(...show(hasBackup, trouble, await measureQuick(model, trouble)));
    }
  await using stack = new AsyncDisposableStack();
  // These wait far more than they work, so they are measured at once.
  const measuring: (() => Promise<Row[]>)[] = [];
  const prepare = async (hasBackup: boolean, trouble: Trouble, take: typeof measureSlow) => {
    const model = stack.use(await FailingModel.start(hasBackup, signal));
    const healthy: number[] = [];
    while (healthy.length < HEALTHY) healthy.push(await model.askHealthy());
    measuring.push(async () => show(hasBackup, trouble, { healthy, ...(await take(model, trouble)) }));
  };
  for (const hasBackup of [true, false])
    for (const trouble of ['hangs', 'stalls midway'] as const) await prepare(hasBackup, trouble, measureSlow);
  await prepare(false, 'hangs', measureAlone);
  const slow = await Promise.all(
    measuring.map(async (run, index) => {
      await sleep(index * STAGGER_MS, undefined, { signal });
      return run();
    }),
  );
  return [...rows, ...slow.flat()];
}

/** Too few failures among the last ten calls to change the order or the circuit: every hit is a first one. */
async function measureQuick(model: FailingModel, trouble: Trouble): Promise<Samples> {
  const samples: Samples = { healthy: [], hit: [], afterwards: [] };
  while (samples.hit.length < QUICK_HITS) {
    for (let index = 0; index < HEALTHY_BETWEEN; index++) samples.healthy.push(await model.askHealthy());
    await model.fail(trouble);
    samples.hit.push(await model.askFailing());
    await model.recover(trouble);
  }
  await model.fail(trouble);
  for (let index = 0; index < FAILURES; index++) await model.askFailing();
  if (!(await model.isOpen())) throw new Error('the circuit did not open');
  while (samples.afterwards.length < QUICK_AFTERWARDS) samples.afterwards.push(await model.askFailing());
  return samples;
}

/** Many at once, since each takes long: none of them can know how the others end. */
async function measureSlow(model: FailingModel, trouble: Trouble): Promise<Omit<Samples, 'healthy'>> {
  const ask = () => model.askFailing();
  await model.fail(trouble);
  const hit = await model.askEvery(BURST.everyMs, BURST.questions, ask);
  const afterwards = await model.askEvery(AFTERWARDS.everyMs, AFTERWARDS.questions, ask);
  return { hit, afterwards };
}

/** One question that no other's failure helps. */
async function measureAlone(model: FailingModel, trouble: Trouble): Promise<Omit<Samples, 'healthy'>> {
  await model.fail(trouble);
  return { hit: [await model.askFailing()], afterwards: [] };
}

function show(hasBackup: boolean, trouble: Trouble, { healthy, hit, afterwards }: Samples): Row[] {
  const name = `${hasBackup ? 'two targets' : 'one target'}, the first ${trouble}`;
  const row = (when: string, ms: number[]): Row => ({
    what: `${name}: ${when} (${ms.length} questions)`,
    value: `${showQuantiles(ms)}, most ${Math.max(...ms).toFixed(0)} ms`,
    ratio: (median(ms) / median(healthy)).toFixed(2),
    ...(ms !== healthy && judge(hasBackup, trouble, healthy, ms)),
  });
  if (hit.length === 1)
    return [{ ...row('', hit), what: `${name}: a question alone`, value: `${hit[0]?.toFixed(0)} ms` }];
  return [row('before', healthy), row('first hit', hit), row('afterwards', afterwards)];
}

function judge(
  hasBackup: boolean,
  trouble: Trouble,
  healthy: number[],
  ms: number[],
): Pick<Row, 'budget' | 'met'> {
  const p99 = percentile(ms, 0.99);
  const limitMs = SLOW_BUDGETS_MS[trouble]?.[hasBackup ? 'two' : 'one'];
  if (limitMs !== undefined) return { budget: `p99 < ${limitMs / 1_000} s`, met: p99 < limitMs };
  if (trouble !== 'refuses' || !hasBackup) return {};
  return { budget: 'p99 + 50 ms', met: p99 - percentile(healthy, 0.99) < 50 };
}
