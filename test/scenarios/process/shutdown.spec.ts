import { once } from 'node:events';
import { connect } from 'node:net';
import { NestApplicationContext } from '@nestjs/core';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

describe('a service that is told to end', () => {
  it('is not ready any more, answers what it has begun, and leaves nothing open', async () => {
    const fake = await new FakeHuggingFace().start();
    const service = await startService({ GENERATION_TARGETS: modelUrl(fake) });
    await service.ingest(handbook);
    const { port } = new URL(service.url);
    const silent = connect(Number(port), '127.0.0.1');
    await once(silent, 'connect');
    const answered: string[] = [];
    fake.fail('chat', { kind: 'slow_drip', everyMs: 60 }, { times: 1 });
    const begun = service.query(circuitQuestion(1)).then((reply) => {
      answered.push('begun');
      return reply;
    });
    await fake.received('chat', 1);

    const parted = once(silent, 'close');
    const ended = end(service.app).then(() => answered.push('ended'));
    await until(
      'it is not ready',
      async () => (await service.request('GET', '/health/ready')).status === 503,
    );
    const late = await service.query(circuitQuestion(2));
    expect(late.status).toBe(200);
    const { status, body } = await begun;
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ from_fallback: false, target: 'huggingface_api' });
    await ended;
    await parted;
    expect(answered).toEqual(['begun', 'ended']);
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow('fetch failed');
    await fake.allClosed();
    await service.close();
    await fake.stop();
  });

  it('has logged every request by its end, for which it does not need the signal', async () => {
    const service = await ServiceProcess.start({});
    const ended = service.stop();
    const answered: string[] = [];
    const ask = async () => {
      const id = String(answered.length + 1);
      await service.request('GET', '/health/live', undefined, { 'x-request-id': id });
      answered.push(id);
    };
    while (await succeeds(ask()));
    expect(await ended).toBe(0);
    const logged = service.logs.filter(({ event }) => event === 'request');
    expect(answered.length).toBeGreaterThan(0);
    expect(logged.map((line) => line.request_id)).toEqual(expect.arrayContaining(answered));
  });
});

/** As SIGTERM does it. */
async function end(app: unknown): Promise<void> {
  if (!(app instanceof NestApplicationContext)) throw new Error('no application');
  await app.close('SIGTERM');
}

function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
