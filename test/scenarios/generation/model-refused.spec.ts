import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';

const NAME = 'huggingface_api';

describeScenario('a model that refuses connections', {}, (scenario) => {
  it('is called until its circuit opens, not called while it is open, and used again on its own', async () => {
    const { service, fake, clock, ask } = scenario;
    const healthy = await ask();
    expect(healthy.body.metadata).toEqual(metadata());
    expect(healthy.body.answer).toContain('The circuit opens after five failures within a minute');
    expect(await service.guard(NAME)).toEqual(guard(NAME));

    await fake.stop();
    for (let failures = 1; failures <= 5; failures++) {
      const reply = await ask();
      expect(reply.status).toBe(200);
      expect(reply.body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
      expect(reply.headers.get('x-fallback-source')).toBe('excerpts');
      expect(reply.headers.get('x-fallback-reason')).toBe('generation_failed_no_cache');
      expect(await service.guard(NAME)).toMatchObject({
        state: failures < 5 ? 'closed' : 'open',
        fail_count: failures,
      });
    }
    const last_failure_time = clock.wall() / 1_000;
    const open = { state: 'open', fail_count: 5, last_failure_time, is_healthy: false };
    expect(await service.guard(NAME)).toEqual(guard(NAME, { ...open, retry_after: 30 }));

    await fake.start();
    const connections = fake.totalSockets;
    for (let question = 0; question < 10; question++) {
      const { body } = await ask();
      expect(body.metadata).toEqual(excerpts('circuit_breaker_open_no_cache', [attempt('rejected')]));
    }
    await clock.advance(29_999);
    expect(await service.guard(NAME)).toEqual(guard(NAME, { ...open, retry_after: 1 }));
    expect((await ask()).body.metadata.attempts).toEqual([attempt('rejected')]);
    expect(fake.totalSockets).toBe(connections);

    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toMatchObject({ state: 'half-open', retry_after: null });
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toEqual(guard(NAME, { last_failure_time }));
    await scenario.settled();
  });

  it('is replaced by excerpts that say what they are and where they come from', async () => {
    const { service, fake, ask } = scenario;
    await fake.stop();
    const { body } = await ask();
    const [introduction, , ...lines] = body.answer.split('\n');
    const bullets = lines.slice(0, -2);
    expect(lines.at(-1)).toBe(`Sources: [1] ${body.sources[0]?.title}`);
    expect(introduction).toContain('temporarily unavailable');
    expect(bullets.length).toBe(body.sources.length);
    expect(body.metadata.excerpts_returned).toBe(body.sources.length);
    expect(bullets.every((bullet) => /^- .{1,200} \[\d\]$/.test(bullet))).toBe(true);
    expect(body.sources[0]).toEqual({
      number: 1,
      document_id: 'circuits',
      chunk_id: expect.stringMatching(/^\d+$/),
      title: 'Circuit breakers',
      url: null,
      heading: null,
      excerpt: expect.stringContaining('The circuit opens after five failures'),
      highlights: expect.arrayContaining([{ start: 4, end: 11 }]),
      score: expect.any(Number),
    });
    await fake.start();
    expect((await service.query('When does the circuit open again?')).body.metadata).toEqual(metadata());
  });
});
