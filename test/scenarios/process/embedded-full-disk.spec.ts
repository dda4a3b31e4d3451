import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemporaryFolder } from '../../../bench/service-process.ts';
import { makeDataFolder } from '../../support/service/built-service.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { until } from '../../support/until.ts';

const HOOK = new URL('../../support/service/full-disk-hook.ts', import.meta.url).href;
const TEXT = 'The upload limit is 12 megabytes.';

describe('the embedded database on a disk', () => {
  let folder: TemporaryFolder;
  let mark: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await makeDataFolder();
    mark = join(folder.path, 'disk-is-full');
    service = await ServiceProcess.start({ DATA_DIR: folder.path, FULL_DISK_MARK: mark }, [HOOK]);
  });

  afterAll(async () => {
    await service.kill();
    await folder[Symbol.asyncDispose]();
  });

  it('says that the disk is full, keeps what was stored, and takes documents again once there is room', async () => {
    const store = async (id: string) =>
      (await service.request('POST', '/documents', { documents: [{ id, text: TEXT }] })).status;
    const isStored = async (id: string) => (await service.request('GET', `/documents/${id}`)).status === 200;

    expect(await store('before')).toBe(200);
    await writeFile(mark, '');
    expect(await store('meanwhile')).toBe(503);
    await until('the log names the disk', () =>
      service.logs.some(({ cause }) => cause?.message === 'the disk of DATA_DIR is full'),
    );
    await rm(mark);
    await until('a document is stored again', async () => (await store('after')) === 200, 60_000);
    expect([await isStored('before'), await isStored('meanwhile')]).toEqual([true, false]);
  });

  it('says in its health that the folder is gone', async () => {
    await rm(folder.path, { recursive: true });
    expect(await service.request('GET', '/health')).toMatchObject({
      status: 503,
      body: { error: { disk: { status: 'down', reason: 'DATA_DIR cannot be read: ENOENT' } } },
    });
  });
});
