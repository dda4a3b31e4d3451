import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.ts';
import { readLocalAdminKey, withLocalAdminKey } from '../../../src/config/local-admin-key.ts';

describe('the admin key of a service on one machine', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'failsoft-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const configure = (env: Record<string, string> = {}) =>
    withLocalAdminKey(loadConfig({ DATA_DIR: join(folder, 'data'), ...env }));

  it('is made once, and only its user can read it', async () => {
    const { admin, drills } = await configure();
    expect(admin).toEqual({ token: expect.stringMatching(/^[\w-]{32}$/), isLocal: true });
    expect(drills.enabled).toBe(true);
    expect((await configure()).admin).toEqual(admin);
    expect((await stat(join(folder, 'data/admin-key'))).mode & 0o777).toBe(0o600);
  });

  it.each<[string, Record<string, string>]>([
    ['a token is set', { ADMIN_TOKEN: 'a-token-of-16-characters' }],
    ['others reach the address', { HOST: '0.0.0.0' }],
    ['others reach the name', { HOST: 'failsoft.internal' }],
  ])('is not made where %s', async (_, env) => {
    const config = await configure(env);
    expect(config.admin).toEqual({ token: env['ADMIN_TOKEN'], isLocal: false });
    expect(config.drills.enabled).toBe(false);
    expect(readLocalAdminKey(config)).toBeUndefined();
  });

  it.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])('is made for %s', async (HOST) => {
    expect((await configure({ HOST })).admin.isLocal).toBe(true);
  });

  it('does not turn drills on where they are off', async () => {
    expect((await configure({ DRILLS_ENABLED: 'false' })).drills.enabled).toBe(false);
  });

  it('takes the place of a file that holds none', async () => {
    await configure();
    await writeFile(join(folder, 'data/admin-key'), 'short');
    expect((await configure()).admin.token).toHaveLength(32);
  });

  it('is left out where no file can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const DATA_DIR of [join(folder, 'file/below'), '/proc/nothing'])
      expect((await configure({ DATA_DIR })).admin.token).toBeUndefined();
  });
});
