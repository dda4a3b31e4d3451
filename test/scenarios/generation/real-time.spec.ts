import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

describe('a circuit in real time', () => {
  const fake = new FakeHuggingFace();
  let service: Service;

  beforeAll(async () => {
    await fake.start();
    service = await startService({
      GENERATION_TARGETS: modelUrl(fake),
      CIRCUIT_BREAKER_TIMEOUT_SECONDS: '1',
      CIRCUIT_BREAKER_NAME: 'model',
      RETRY_MAX_ATTEMPTS: '1',
    });
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await fake.stop();
  });

  it('goes from closed to open, half-open and closed again', async () => {
    let asked = 0;
    const ask = async () => (await service.query(circuitQuestion(asked++))).body.metadata;
    const state = async () => (await service.guard('model')).state;
    expect(await ask()).toMatchObject({ target: 'model', from_fallback: false });
    expect(await state()).toBe('closed');

    await fake.stop();
    for (let failure = 0; failure < 5; failure++)
      expect(await ask()).toMatchObject({ fallback_reason: 'generation_failed_no_cache' });
    expect(await state()).toBe('open');
    await fake.start();
    await until('the open time is over', async () => (await service.guard('model')).retry_after === 0);
    expect(await state()).toBe('open');
    expect(await ask()).toMatchObject({ target: 'model', from_fallback: false });
    expect(await state()).toBe('half-open');
    expect(await ask()).toMatchObject({ target: 'model', from_fallback: false });
    expect(await state()).toBe('closed');
    const changes = service.logs.filter(({ event }) => event === 'circuit_state_change');
    expect(changes.map(({ old_state, new_state }) => [old_state, new_state])).toEqual([
      ['closed', 'open'],
      ['open', 'half-open'],
      ['half-open', 'closed'],
    ]);
    await fake.allClosed();
  });
});
