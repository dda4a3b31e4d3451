import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import OpenAI, { APIError, APIUserAbortError } from 'openai';
import { ingest } from '../client.ts';
import { chooseDatabase, databaseCommand } from '../database-choice.ts';
import { toTable, writeReport } from '../report.ts';
import { interruption, startService } from '../service-process.ts';
import { judge, type Outcome, type Run, type Verdict } from './judge.ts';
import { ANSWER, FakeProvider, QUESTION } from './provider.ts';
import { BACKUP, PRIMARY, scenarios, type Scenario } from './scenarios.ts';

const DOCUMENT = {
  id: 'gateways',
  title: 'Gateways',
  text: 'A gateway earns trust only when its provider fails. Whoever calls it sees then what it is worth.',
};
/** The second call and the wait for a 429 are within the budget of the method: two retries and 30 s. All else has its default. */
const configure = (url: string) => ({
  GENERATION_TARGETS: `${url}/v1?model=${PRIMARY}&retries=1,${url}/v1?model=${BACKUP}&name=backup`,
  RETRY_AFTER_MAX_WAIT_MS: '2500',
});
const NOTE = `The sixteen scenarios of [failoverbench](https://github.com/failoverbench/failoverbench), methodology 0.1, profile
“full”: its faults, times, rules and verdicts as METHODOLOGY.md, scenarios/catalogue.yaml and failoverbench/runner.py of its
commit 77a2530 describe them. The provider, the judge and all texts are failsoft's own, so this is no row of its scorecard.

A scenario is one streamed request to \`/v1/chat/completions\` with the model \`failsoft/whole\` and
\`Cache-Control: no-store\`, sent by the client \`openai\` without retries; S13 also sends \`failsoft: {"degraded": "refuse"}\`. One
stored document matches the question. Each scenario has a service of its own, because failsoft's targets are configured and
not chosen by a request:

\`\`\`
${Object.entries(configure('http://provider'))
  .map(([name, value]) => `${name}=${value}`)
  .join('\n')}
\`\`\`

With the defaults alone S01 and S03 are *partial*: the second target answers at once, and the method wants a second call of
the first.

Expected in brackets is advisory. *pass*: the caller gets what is expected first, and every rule is kept. *partial*: an
advisory rule is broken. *safe*: a clean error in time instead of an answer. *fail*: a required rule is broken, a request does
not end in time, or another text than the whole answer comes as a success. Calls are those of the first and of the second
target, probes included. The request afterwards of S09 and S10 goes to both targets, and not to a healthy one alone.`;
const ALIVE_LIMIT_MS = 10_000;
const MORE = { failsoft: { degraded: 'refuse' } };

interface Request {
  limitMs: number;
  isStream: boolean;
  /** Fields of failsoft. */
  more: object;
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const signal = interruption();
const rows: string[][] = [];
const counts: Record<Verdict, number> = { pass: 0, partial: 0, safe: 0, fail: 0 };
for (const scenario of scenarios.filter(({ id }) => id.startsWith(values.only))) {
  const run = await play(scenario);
  const [verdict, why] = judge(run, scenario.checks, scenario.wanted ?? 'answer');
  counts[verdict]++;
  process.stdout.write(`${scenario.id} ${verdict} ${why}\n`);
  rows.push([
    scenario.id,
    scenario.name,
    expectation(scenario),
    describe(run),
    why ? `${verdict}: ${why}` : verdict,
  ]);
}
const total = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
const table = toTable(['', 'The first target', 'Expected', 'Seen', 'Verdict'], rows);
if (values.only === '')
  await writeReport(
    'Failover scenarios',
    `${databaseCommand}npm run bench:failover-scenarios`,
    `${NOTE}\n\n${total.join(', ')}.\n\n${table}`,
  );
else process.stdout.write(`${table}\n`);

async function play({ fault, backupFault, limitSeconds, sequence, wanted }: Scenario): Promise<Run> {
  await using provider = await new FakeProvider({
    [PRIMARY]: fault,
    ...(backupFault && { [BACKUP]: backupFault }),
  }).start();
  await using database = await chooseDatabase();
  await using service = await startService({ ...database.env, ...configure(provider.url) }, signal);
  await ingest(service.url, [DOCUMENT], signal);
  const client = new OpenAI({ apiKey: 'none', baseURL: `${service.url}/v1`, maxRetries: 0, logLevel: 'off' });
  provider.reset();
  const startedAt = performance.now();
  const { count, everyMs } = sequence ?? { count: 1, everyMs: 0 };
  const outcomes: Outcome[] = [];
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, index * everyMs - (performance.now() - startedAt)), undefined, { signal });
    const sentAtMs = performance.now() - startedAt;
    const asked = await ask(client, {
      limitMs: limitSeconds * 1_000,
      isStream: true,
      more: wanted ? MORE : {},
    });
    outcomes.push({ ...asked, sentAtMs });
  }
  const [primary, backup] = [PRIMARY, BACKUP].map((model) => provider.callsOf(model));
  const { isWhole } = await ask(client, { limitMs: ALIVE_LIMIT_MS, isStream: false, more: {} });
  return { outcomes, primary: primary ?? [], backup: backup ?? [], isAlive: isWhole };
}

async function ask(client: OpenAI, { limitMs, isStream, more }: Request): Promise<Omit<Outcome, 'sentAtMs'>> {
  const startedAt = performance.now();
  const request = {
    model: 'failsoft/whole',
    messages: [{ role: 'user' as const, content: QUESTION }],
    ...more,
  };
  const options = {
    headers: { 'cache-control': 'no-store' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  };
  const end = () => performance.now() - startedAt;
  try {
    if (!isStream) {
      const { choices, model, usage } = await client.chat.completions.create(request, options);
      const isWhole = choices[0]?.message.content === ANSWER;
      return { kind: 'answer', isWhole, model, hasUsage: usage !== undefined, ms: end() };
    }
    const stream = await client.chat.completions.create(
      { ...request, stream: true, stream_options: { include_usage: true } },
      options,
    );
    let text = '';
    let model: string | undefined;
    let hasUsage = false;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      model = chunk.model;
      hasUsage ||= Boolean(chunk.usage);
    }
    // The client ends an aborted stream without an error.
    if (options.signal.aborted) return { kind: 'hang', isWhole: false, hasUsage, ms: end() };
    return { kind: 'answer', isWhole: text === ANSWER, model, hasUsage, ms: end() };
  } catch (thrown) {
    signal.throwIfAborted();
    const ended = { isWhole: false, hasUsage: false, ms: end() };
    if (thrown instanceof APIUserAbortError) return { kind: 'hang', ...ended };
    if (!(thrown instanceof APIError)) throw thrown;
    return { kind: 'error', ...ended, error: `${thrown.status ?? 'in the stream'} \`${thrown.code}\`` };
  }
}

/** What is right, for the table. */
function expectation({ wanted, checks }: Scenario): string {
  const rules = checks.map(({ what, isAdvisory }) => (isAdvisory ? `(${what})` : what));
  return [wanted ? 'an error' : 'the whole answer', ...rules].join('; ');
}

/** What happened, for the table. */
function describe({ outcomes, primary, backup }: Run): string {
  const [outcome] = outcomes;
  const longest = Math.max(...outcomes.map(({ ms }) => ms)) / 1_000;
  const what =
    outcomes.length > 1
      ? `${outcomes.filter(({ isWhole }) => isWhole).length} of ${outcomes.length} whole answers`
      : outcome?.kind === 'answer'
        ? `${outcome.isWhole ? 'the whole answer' : 'another text'} of \`${outcome.model}\``
        : (outcome?.error ?? 'no end');
  return `${what} after ${longest.toFixed(1)} s${outcomes.length > 1 ? ' at most' : ''}; ${primary.length} + ${backup.length} calls`;
}
