import { findFreePort } from '../../support/free-port.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const linesOf = (service: Service, event: string) => service.logs.filter((line) => line['event'] === event);

describe('the log', () => {
  it('names the cause when the database cannot be reached', async () => {
    const service = await startService({
      LOG_LEVEL: 'info',
      DATABASE_URL: `postgres://someone:private@127.0.0.1:${await findFreePort()}/failsoft`,
    });
    expect(linesOf(service, 'migrations_failed')[0]).toMatchObject({
      level: 'error',
      cause: {
        name: 'ConnectionFailedError',
        message: 'the database cannot be reached: nothing listens at the host and the port of DATABASE_URL',
        code: 'ECONNREFUSED',
        errno: expect.any(Number),
      },
    });
    await service.close();
    expect(JSON.stringify(service.logs)).not.toContain('private');
  });

  it('names the cause when the vectors of the embedding model have become shorter', async () => {
    const folder = await makeTemporaryFolder();
    const long = await new FakeHuggingFace({ dimension: 64 }).start();
    const env = { LOG_LEVEL: 'info', DATA_DIR: folder.path };
    const before = await startService({ ...env, EMBEDDING_TARGETS: embedderUrl(long) });
    await before.ingest([{ id: 'violin', text: 'The violin lies in the attic.' }]);
    await before.close();
    const short = await new FakeHuggingFace({ dimension: 32 }).start();
    const service = await startService({ ...env, EMBEDDING_TARGETS: embedderUrl(short) });
    await service.ingest([{ id: 'cello', text: 'The cello stands in the hall.' }]);
    await until('the backfill has failed', () => linesOf(service, 'embedding_backfill_paused').length > 0);
    expect(linesOf(service, 'embedding_backfill_paused')[0]).toMatchObject({
      level: 'warn',
      cause: { name: 'DimensionMismatchError', message: 'fake-embed has 64 dimensions, not 32' },
    });
    await service.close();
    await Promise.all([long.stop(), short.stop(), folder.remove()]);
  });
});
