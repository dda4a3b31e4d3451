import { describeWithMounts } from '../../support/requirements.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const LIMIT_MS = 120_000;
/** Less than the 16 MB that the database writes before it needs as much again at once. */
const ROOM_MB = 12;
/** Far below the 30 seconds after which a statement without an answer is given up. */
const HUNG_MS = 15_000;

describeWithMounts('the disk of the embedded database', () => {
  it(
    'fills, which holds no question up, and has room again, after which everything works without a restart',
    async () => {
      await using stack = new AsyncDisposableStack();
      const disk = stack.use(await SmallDisk.mount(150));
      const service = await startService({
        DATA_DIR: disk.path,
        GENERATION_TARGETS: 'local://extractive',
        CIRCUIT_BREAKER_POSTGRES_TIMEOUT_SECONDS: '1',
      });
      stack.defer(() => service.close());
      await service.ingest(handbook);
      const store = async (n: number) => {
        const documents = Array.from({ length: 10 }, (_, index) => ({
          id: `${n}-${index}`,
          text: `Part ${n} ${index}. `.repeat(1_500),
        }));
        return (await service.request('POST', '/documents', { documents })).status;
      };
      const failed = () => service.logs.filter(({ event }) => event === 'embedded_database_failed');

      await disk.fill(ROOM_MB);
      for (let n = 0; failed().length === 0; n++) {
        const startedAt = performance.now();
        await store(n);
        await service.query(`When does circuit ${n} open?`);
        expect(performance.now() - startedAt).toBeLessThan(HUNG_MS);
      }
      expect(failed()[0]).toMatchObject({
        cause: { name: 'ServiceError', message: 'the disk of DATA_DIR is full' },
      });

      await disk.makeRoom();
      await until('documents are stored again', async () => (await store(-1)) === 200, LIMIT_MS);
      const { status, body } = await service.query('When does the circuit open?');
      expect([status, body.metadata.retrieval]).toEqual([200, 'hybrid']);
    },
    LIMIT_MS * 2,
  );
});
