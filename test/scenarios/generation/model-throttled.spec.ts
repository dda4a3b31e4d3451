import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { strangeQuestion } from '../../support/scenarios/documents.ts';

const NAME = 'huggingface_api';
const throttled = excerpts('rate_limited_no_cache', [attempt('throttled')]);

describeScenario('a model that answers 429', {}, (scenario) => {
  beforeEach(async () => {
    expect((await scenario.ask()).body.metadata).toEqual(metadata());
  });

  it.each<[string, Record<string, string>, number]>([
    ['with seconds', { 'retry-after': '7' }, 7_000],
    [
      'with a date',
      { date: 'Mon, 02 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 02 Nov 2026 10:01:30 GMT' },
      90_000,
    ],
    ['without a time', {}, 1_000],
    ['with a day', { 'retry-after': '86400' }, 300_000],
  ])('is not called for that time when it answers %s', async (_, headers, waitMs) => {
    const { service, fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'status', status: 429, headers }, { times: 1 });
    const { body } = await ask();
    expect(body.metadata).toEqual(throttled);
    expect(await service.guard(NAME)).toEqual(guard(NAME, { state: 'held' }));
    const state = seriesOf('circuit_breaker_state', await scrape(service));
    expect(state[`{name="${NAME}"}`]).toBe(3);

    const calls = fake.count('chat');
    for (let question = 0; question < 6; question++) expect((await ask()).body.metadata).toEqual(throttled);
    await clock.advance(waitMs - 1);
    expect((await ask()).body.metadata).toEqual(throttled);
    expect(fake.count('chat')).toBe(calls);
    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 1);
    expect(await service.guard(NAME)).toEqual(guard(NAME));
    await settled();
  });

  it('passes its Retry-After on to a question that no rung can answer', async () => {
    const { service, fake, clock, ask } = scenario;
    fake.fail('chat', { kind: 'status', status: 429, headers: { 'retry-after': '20' } }, { times: 1 });
    await ask();
    await clock.advance(4_500);
    const { status, headers } = await service.query(strangeQuestion);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('16');
    await clock.advance(15_500);
    expect((await service.query(strangeQuestion)).body.metadata).toMatchObject({ no_context: true });
  });
});
