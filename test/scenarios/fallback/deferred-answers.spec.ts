import { randomUUID } from 'node:crypto';
import { Database } from '../../../src/postgres/connection/database.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';
import { circuitQuestion, handbook, strangeQuestion } from '../../support/scenarios/documents.ts';

const POLL_MS = 15_000;
const MAX_AGE_SECONDS = 600;
const CACHE_SECONDS = 30;
const down = { kind: 'status', status: 500 } as const;
type Deferral = { id: string; url: string } | null;

/** The path of an answer, whose URL is relative to that of the question. */
const pathOf = (deferral: Deferral) => new URL(deferral?.url ?? 'none', 'http://localhost/query').pathname;

const env = {
  CIRCUIT_BREAKER_HUGGINGFACE_API_FAIL_THRESHOLD: '2',
  DEFERRED_MAX_WAITING: '3',
  DEFERRED_MAX_AGE_SECONDS: String(MAX_AGE_SECONDS),
  // Other answers are forgotten long before.
  CACHE_TTL_SECONDS: String(CACHE_SECONDS),
  CACHE_STALE_SECONDS: String(CACHE_SECONDS),
};

describeScenario('a question with defer', env, (scenario) => {
  let asked = 0;

  beforeEach(async () => {
    const { service, fake } = scenario;
    fake.clearFaults();
    await scenario.settled();
    service.app.get(GuardRegistry).guard('huggingface_api').reset();
    await service.app.get(Database).query('DELETE FROM jobs');
    await service.ingest(handbook);
  });

  const ask = (question = circuitQuestion(++asked), more: object = { defer: true }) =>
    scenario.service.query(question, { ...more });
  const fetchAnswer = (deferral: Deferral) => scenario.service.request<AnswerBody>('GET', pathOf(deferral));
  /** Lets so little time pass that a call under way, which takes real time, does not come to its limit. */
  const pass = async (ms = 1_000) => {
    await scenario.settled();
    await scenario.clock.advance(ms);
  };
  /** Lets time pass until that answer is there. */
  const answered = async (deferral: Deferral) => {
    await until('the answer is there', async () => {
      await pass();
      return (await fetchAnswer(deferral)).status === 200;
    });
    return fetchAnswer(deferral);
  };
  /** Seconds since an answer was made, by what it says itself. */
  const ageOf = ({ metadata: { cached_at } }: AnswerBody) =>
    String(Math.floor((scenario.clock.wall() - Date.parse(cached_at ?? '')) / 1_000));
  /** How often what became of a question. */
  const results = async () => {
    const series = seriesOf('failsoft_deferred_questions_total', await scrape(scenario.service));
    const named = Object.entries(series).map(([labels, count]) => [labels.slice(9, -2), count]);
    return Object.fromEntries(named) as Partial<Record<string, number>>;
  };
  /** Asks so often that the circuit opens. */
  const openCircuit = async () => {
    scenario.fake.fail('chat', down);
    const replies = [await ask(), await ask()];
    expect((await scenario.service.guard('huggingface_api')).state).toBe('open');
    return replies.map(({ body }) => body.metadata.deferred);
  };

  it('is answered as usual and not deferred while the model answers', async () => {
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body.metadata).toEqual(metadata());
  });

  it('gets a degraded answer with the URL of the generated one, which exists when the model is back', async () => {
    const { fake, clock, service } = scenario;
    fake.fail('chat', down, { times: 1 });
    const question = circuitQuestion(++asked);
    const { status, body } = await ask(question);
    const { deferred } = body.metadata;
    expect(status).toBe(200);
    expect(body.metadata).toEqual({
      ...excerpts('generation_failed_no_cache', [attempt('failure')]),
      deferred: { id: expect.any(String), url: `answers/${deferred?.id}` },
    });
    const waiting = await fetchAnswer(deferred);
    expect(waiting.status).toBe(202);
    expect(waiting.headers.get('retry-after')).toBe('5');
    expect(waiting.body).toEqual({ id: deferred?.id, status: 'waiting', retry_after: 5 });

    const { body: answer, headers } = await answered(deferred);
    const made = { request_id: body.metadata.request_id, cached_at: answer.metadata.cached_at };
    expect(answer.metadata).toEqual(metadata(made));
    expect(headers.get('age')).toBe(ageOf(answer));
    expect(answer.sources.map((source) => source.document_id)).toEqual(['circuits']);
    const calls = fake.count('chat');
    const again = await ask(question);
    expect(again.body.metadata).toMatchObject({ from_cache: true, stale: false, deferred: null });
    expect(again.body.answer).toBe(answer.answer);
    await clock.advance(10 * POLL_MS);
    expect(fake.count('chat')).toBe(calls);
    const later = await fetchAnswer(deferred);
    expect(later.headers.get('age')).toBe(ageOf(answer));
    // The time of an answer is over.
    expect(later.body).toEqual({ ...answer, metadata: metadata({ ...made, stale: true }) });
    expect(JSON.stringify(service.logs)).not.toContain(question);
  });

  it('is answered although the model refuses an older deferred question', async () => {
    const { service, fake, clock } = scenario;
    const [refused = null, other = null] = await openCircuit();
    service.app.get(GuardRegistry).guard('huggingface_api').reset();
    fake.clearFaults();
    fake.script('chat', [{ kind: 'status', status: 400 }, 'ok']);
    const calls = fake.count('chat');
    await clock.advance(POLL_MS);
    await fake.received('chat', calls + 1);
    await pass();
    await fake.received('chat', calls + 2);
    await scenario.settled();
    expect((await fetchAnswer(other)).status).toBe(200);
    expect((await fetchAnswer(refused)).status).toBe(202);
    expect((await answered(refused)).body.metadata).toEqual(metadata({ cached_at: expect.any(String) }));
  });

  it('is also deferred with a 503', async () => {
    const { service, fake, clock } = scenario;
    await openCircuit();
    const { status, body, headers } = await service.request<{ deferred: Deferral }>('POST', '/query', {
      query: strangeQuestion,
      defer: true,
    });
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: 'service_unavailable', retry_after: expect.any(Number) });
    expect(headers.get('retry-after')).not.toBe(null);
    const waiting = await fetchAnswer(body.deferred);
    expect(waiting.status).toBe(202);
    // As long as the model wants to be left alone.
    expect(Number(waiting.headers.get('retry-after'))).toBe(30);
    fake.clearFaults();
    await clock.advance(30_000);
    expect((await answered(body.deferred)).body.metadata).toMatchObject({ no_context: true, stale: false });
  });

  it('gets a Retry-After until its next turn', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', down, { times: 1 });
    const { deferred } = (await ask()).body.metadata;
    await service.app.get(Database).query("UPDATE jobs SET available_at = now() + interval '42 s'");
    const { headers, body } = await service.request<{ retry_after: number }>('GET', pathOf(deferred));
    expect(body.retry_after).toBeGreaterThan(20);
    expect(body.retry_after).toBeLessThanOrEqual(42);
    expect(headers.get('retry-after')).toBe(String(body.retry_after));
  });

  it('is not generated while the circuit is open, and one at a time afterwards', async () => {
    const { fake, clock } = scenario;
    const deferrals = await openCircuit();
    deferrals.push((await ask()).body.metadata.deferred);
    const calls = fake.count('chat');
    const { released: before = 0 } = await results();
    await clock.advance(20_000);
    expect(fake.count('chat')).toBe(calls);
    fake.clearFaults();
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    await clock.advance(POLL_MS);
    await fake.received('chat', calls + 1);
    expect(fake.count('chat')).toBe(calls + 1);
    await clock.advance(10_000);
    await until('it is released', async () => (await results()).released === before + 1);
    for (const deferral of deferrals) expect((await answered(deferral)).status).toBe(200);
    expect(fake.count('chat')).toBe(calls + 1 + deferrals.length);
  });

  it('is not deferred when too many wait', async () => {
    await openCircuit();
    expect((await ask()).body.metadata.deferred).not.toBe(null);
    expect((await ask()).body.metadata).toMatchObject({ from_fallback: true, deferred: null });
  });

  it('expires when it has waited for too long', async () => {
    const { fake, clock } = scenario;
    const [deferral = null] = await openCircuit();
    for (let seconds = 0; seconds < MAX_AGE_SECONDS; seconds += 30) await pass(30_000);
    expect((await fetchAnswer(deferral)).status).toBe(202);
    await clock.advance(1);
    const gone = await fetchAnswer(deferral);
    expect(gone.status).toBe(410);
    expect(gone.body).toMatchObject({ error: 'gone' });
    fake.clearFaults();
    const calls = fake.count('chat');
    await until('both have expired', async () => {
      await pass();
      return (await results()).expired === 2;
    });
    expect(fake.count('chat')).toBe(calls);
    expect((await fetchAnswer(deferral)).status).toBe(410);
  });

  it('expires, and is deleted, even while no model takes calls', async () => {
    const { service, clock, fake } = scenario;
    const database = service.app.get(Database);
    const [deferral = null] = await openCircuit();
    const calls = fake.count('chat');
    const { expired: before = 0 } = await results();
    /** As if so much time had gone by for the database. */
    const age = (seconds: number) =>
      database.query(
        `UPDATE jobs SET created_at = created_at - passed, expires_at = expires_at - passed,
           keep_until = keep_until - passed FROM make_interval(secs => $1) AS passed`,
        [seconds],
      );
    await age(MAX_AGE_SECONDS + 1);
    await clock.advance(POLL_MS);
    await until('both have expired', async () => (await results()).expired === before + 2);
    expect((await fetchAnswer(deferral)).status).toBe(410);
    await age(MAX_AGE_SECONDS);
    expect((await fetchAnswer(deferral)).status).toBe(404);
    await pass(POLL_MS);
    await until('nothing is kept', async () => (await database.query('SELECT FROM jobs')).length === 0);
    expect(fake.count('chat')).toBe(calls);
  });

  it('is answered as stale once the documents have changed', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', down, { times: 1 });
    const { deferred } = (await ask()).body.metadata;
    const { body } = await answered(deferred);
    expect(body.metadata.stale).toBe(false);
    const [document] = handbook;
    await service.ingest([{ ...document, text: 'The circuit never opens.' }]);
    const { status, body: stale, headers } = await fetchAnswer(deferred);
    expect(status).toBe(200);
    expect(stale).toEqual({ ...body, metadata: { ...body.metadata, stale: true } });
    expect(headers.get('age')).toBe(ageOf(body));
  });

  it('has the age of the cached answer that answered it', async () => {
    const { fake, clock } = scenario;
    fake.fail('chat', down, { times: 1 });
    const question = circuitQuestion(++asked);
    const { deferred } = (await ask(question)).body.metadata;
    const madeAt = new Date(clock.wall()).toISOString();
    await ask(question, {});
    await pass(2_000);
    const { body } = await answered(deferred);
    expect(body.metadata).toMatchObject({ from_cache: true, cached_at: madeAt, stale: false });
  });

  it('is dated by its request when an older version stored it without a date', async () => {
    const { service, fake, clock } = scenario;
    fake.fail('chat', down, { times: 1 });
    const askedAt = new Date(clock.wall()).toISOString();
    const { deferred } = (await ask()).body.metadata;
    await answered(deferred);
    await service.app.get(Database).query("UPDATE jobs SET output = output - 'created_at'");
    const { status, body, headers } = await fetchAnswer(deferred);
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ cached_at: askedAt, stale: false });
    expect(headers.get('age')).toBe(ageOf(body));
  });

  it('does not show a document that was deleted since', async () => {
    const { service, fake, clock } = scenario;
    fake.fail('chat', down, { times: 1 });
    const { deferred } = (await ask()).body.metadata;
    expect((await answered(deferred)).status).toBe(200);
    await service.request('DELETE', '/documents/circuits');
    expect((await fetchAnswer(deferred)).status).toBe(410);
    await clock.advance(2 * CACHE_SECONDS * 1_000);
    // The first poll forgets what need not be known any more.
    expect((await fetchAnswer(deferred)).status).toBe(410);
    expect((await fetchAnswer(deferred)).status).toBe(410);
  });

  it.each([['no id'], [randomUUID()], ['%00']])('answers 404 for an unknown id: %s', async (id) => {
    const { status, body } = await scenario.service.request('GET', `/answers/${id}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: 'not_found' });
  });

  it('is refused without the metadata', async () => {
    const { status, body } = await ask('Why?', { defer: true, include_metadata: false });
    expect(status).toBe(400);
    expect(body).toMatchObject({ details: [{ path: 'defer' }] });
  });
});
