import { startWithFake } from '../../support/scenarios/scenario.ts';

interface HealthOf {
  health: Record<'minute' | 'hour', Record<string, number | null>>;
}

describe('GET /health/circuit-breaker', () => {
  it('shows the health of each service over the last minute and hour', async () => {
    const { service, fake, clock, ask, close } = await startWithFake();
    const readHealth = async () => {
      const { body } = await service.request<{
        circuit_breaker: HealthOf;
        circuit_breakers: Record<string, HealthOf>;
      }>('GET', '/health/circuit-breaker');
      expect(body.circuit_breakers['huggingface_api']).toEqual(body.circuit_breaker);
      expect(Object.values(body.circuit_breakers).every(({ health }) => health.hour && health.minute)).toBe(
        true,
      );
      return body.circuit_breaker.health;
    };
    const nothing = { calls: 0, error_rate: null, p50_ms: null, p95_ms: null, availability: null };
    expect(await readHealth()).toEqual({ minute: nothing, hour: nothing });

    for (let answered = 0; answered < 3; answered++) await ask();
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    await ask();
    const mixed = {
      calls: 4,
      error_rate: 0.25,
      availability: 0.75,
      p50_ms: expect.any(Number),
      p95_ms: expect.any(Number),
    };
    expect(await readHealth()).toEqual({ minute: mixed, hour: mixed });
    await clock.advance(60_000);
    expect(await readHealth()).toEqual({ minute: nothing, hour: mixed });
    await close();
  });
});
