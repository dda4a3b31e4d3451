import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { startWithBackup } from '../../support/scenarios/scenario.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';

const NAME = 'huggingface_api';
const COOLDOWN_MS = 10_000;

describe('a model that refuses different questions for one reason', () => {
  it('is shown as refusing, asked after its backup, and tried again until it answers', async () => {
    const backup = new FakeHuggingFace();
    const scenario = await startWithBackup(backup, { RETRY_MAX_ATTEMPTS: '3' });
    const { service, fake, clock, ask } = scenario;
    fake.fail('chat', { kind: 'status', status: 400, body: { error: { code: 'unknown_deployment' } } });
    for (let question = 0; question < 3; question++)
      expect((await ask()).body.metadata).toMatchObject({
        target: 'backup',
        attempts: [attempt('ignored'), attempt('success', 'backup')],
      });
    expect(await service.guard(NAME)).toMatchObject({
      state: 'refusing',
      is_healthy: false,
      last_failure_cause: 'http_400',
      demoted: { cause: 'refusing', retry_in: COOLDOWN_MS / 1_000 },
    });
    expect((await service.request('GET', '/health')).body).toMatchObject({
      status: 'degraded',
      details: {
        generation: {
          status: 'degraded',
          targets: { [NAME]: 'refusing', backup: 'closed' },
          reason: `${NAME} refuses different questions for one reason (http_400)`,
        },
      },
    });
    expect(service.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        event: 'target_refusing',
        breaker_name: NAME,
        cause: 'http_400',
      }),
    );
    const series = seriesOf('failsoft_target_demoted', await scrape(service));
    expect(series[`{name="${NAME}",cause="refusing"}`]).toBe(1);

    const calls = fake.count('chat');
    expect((await ask()).body.metadata.attempts).toEqual([attempt('success', 'backup')]);
    expect(fake.count('chat')).toBe(calls);
    await clock.advance(COOLDOWN_MS);
    await ask();
    expect(fake.count('chat')).toBe(calls + 1);
    expect(await service.guard(NAME)).toMatchObject({ demoted: { retry_in: 2 * (COOLDOWN_MS / 1_000) } });
    fake.clearFaults();
    await clock.advance(2 * COOLDOWN_MS);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', is_healthy: true, demoted: null });
    await backup.allClosed();
    await scenario.close();
    await backup.stop();
  });
});
