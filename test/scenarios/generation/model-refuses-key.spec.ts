import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';

const NAME = 'huggingface_api';
const LATCH_MS = 300_000;
const REFUSED = 'refuses the key, the model or the address';
const UNPAID = 'says that the account has no credit or quota left';

describeScenario('a model that refuses the key or the URL', {}, (scenario) => {
  it.each([401, 402, 403, 404])(
    'is latched with an alert and without a failure after status %i',
    async (status) => {
      const { service, fake, clock, ask, settled } = scenario;
      expect((await ask()).body.metadata).toEqual(metadata());
      service.logs.length = 0;
      fake.fail('chat', { kind: 'status', status }, { times: 1 });
      expect((await ask()).body.metadata).toEqual(
        excerpts('generation_failed_no_cache', [attempt('ignored')]),
      );
      expect(await service.guard(NAME)).toEqual(guard(NAME, { state: 'held', is_healthy: false }));
      expect(service.logs).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          event: 'circuit_failure',
          outcome: 'ignored',
          error_type: status === 404 ? 'not_found' : 'credentials',
          breaker_name: NAME,
        }),
      );

      expect(service.logs).toContainEqual(
        expect.objectContaining({ level: 'error', event: 'target_latched_out', breaker_name: NAME }),
      );

      const calls = fake.count('chat');
      await clock.advance(LATCH_MS - 1);
      const { body } = await ask();
      expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('rejected')]));
      expect(fake.count('chat')).toBe(calls);
      const health = await service.request('GET', '/health');
      expect(health.status).toBe(200);
      expect(health.body).toMatchObject({
        status: 'degraded',
        info: {
          generation: {
            status: 'degraded',
            targets: { [NAME]: 'latched' },
            reason: `${NAME} ${status === 402 ? UNPAID : REFUSED} (http_${status})`,
          },
        },
      });
      await clock.advance(1);
      expect((await ask()).body.metadata).toEqual(metadata());
      await settled();
    },
  );
});
