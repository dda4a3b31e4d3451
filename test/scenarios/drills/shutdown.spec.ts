import { jest } from '@jest/globals';
import { AdminActionsRepository } from '../../../src/postgres/records/admin-actions.repository.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { startWithFake } from '../../support/scenarios/scenario.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { until } from '../../support/until.ts';

describe('a service that is stopped during a drill', () => {
  it('answers the questions whose calls hang, and does not wait for any limit', async () => {
    const { service, clock, close } = await startWithFake({ ADMIN_TOKEN, DRILLS_ENABLED: 'true' });
    const { begin, list } = drillsOf(service);
    await begin('huggingface_api', 'hang');
    const before = clock.now();
    const asking = service.query(circuitQuestion(1));
    await until('a call hangs', async () => (await list()).running[0]?.calls_hit === 1);
    const ended = service.app.close();
    const { status, body } = await asking;
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({
      fallback_reason: 'generation_timeout_no_cache',
      drill: ['huggingface_api'],
    });
    await ended;
    expect(clock.now()).toBe(before);
    expect(service.logs).toContainEqual(expect.objectContaining({ event: 'drill_ended', how: 'stopped' }));
    await close();
  });

  it('stores what waits for the database that was drilled', async () => {
    const { service, clock, close } = await startWithFake({ ADMIN_TOKEN, DRILLS_ENABLED: 'true' });
    const { begin } = drillsOf(service);
    const saving = jest.spyOn(service.app.get(AdminActionsRepository), 'save');
    await begin('postgres', 'refuse');
    await until('its circuit is open', async () => {
      await clock.advance(1_500);
      await service.query(circuitQuestion(1));
      return (await service.guard('postgres')).state === 'open';
    });
    const { audited } = (
      await drillsOf(service).call<{ audited: boolean }>('POST', '', {
        guard: 'embedding_api',
        fault: 'hang',
      })
    ).body;
    expect(audited).toBe(false);
    const saved = saving.mock.calls.length;
    await service.app.close();
    expect(saving.mock.calls.length).toBe(saved + 1);
    await close();
  });
});
