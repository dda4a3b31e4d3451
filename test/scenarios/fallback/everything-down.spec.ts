import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { strangeQuestion } from '../../support/scenarios/documents.ts';
import { guard, metadata, noContext } from '../../support/scenarios/expected.ts';

const NAME = 'huggingface_api';

describeScenario('a question that no rung can answer', {}, (scenario) => {
  it('gets a 503 with the real Retry-After, and an answer once the model is back', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    expect((await service.query(strangeQuestion)).body.metadata).toEqual(noContext());
    fake.fail('chat', { kind: 'reset' });
    for (let question = 0; question < 5; question++) await ask();
    const openedAt = clock.wall() / 1_000;

    await clock.advance(12_500);
    const calls = fake.count('chat');
    const { status, headers, body } = await service.query(
      strangeQuestion,
      {},
      { headers: { 'x-request-id': 'q-1' } },
    );
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('18');
    expect(headers.get('x-request-id')).toBe('q-1');
    const open = guard(NAME, {
      state: 'open',
      fail_count: 5,
      last_failure_time: openedAt,
      is_healthy: false,
      retry_after: 18,
    });
    expect(body).toEqual({
      error: 'service_unavailable',
      message: 'The assistant is temporarily unavailable. Please try again shortly.',
      retry_after: 18,
      circuit_status: {
        circuit_breaker: open,
        circuit_breakers: {
          [NAME]: open,
          embedding_api: guard('embedding_api'),
          embedding_ingest: guard('embedding_ingest'),
          postgres: guard('postgres'),
        },
        timestamp: clock.wall() / 1_000,
      },
      request_id: 'q-1',
    });
    expect((await service.request('GET', '/health/ready')).status).toBe(200);

    await clock.advance(17_499);
    expect((await service.query(strangeQuestion)).headers.get('retry-after')).toBe('1');
    expect(fake.count('chat')).toBe(calls);

    fake.clearFaults();
    await clock.advance(1);
    expect((await service.query(strangeQuestion)).body.metadata).toEqual(noContext());
    expect((await ask()).body.metadata).toEqual(metadata());
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toEqual(guard(NAME, { last_failure_time: openedAt }));
    await settled();
  });
});
