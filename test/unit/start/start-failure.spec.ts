import { mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { explainStartFailure } from '../../../src/start-failure.ts';
import { ConfigError } from '../../../src/config/load-config.ts';
import { readCuratedAnswers } from '../../../src/query/ladder/curated-answers.ts';

const settings = { host: '127.0.0.1', port: 3000, dataDir: './data' };

/** What listening there fails with. */
async function failToListen(port: number, host: string): Promise<unknown> {
  const server = createServer().listen(port, host);
  const [error] = (await once(server, 'error')) as unknown[];
  return error;
}

describe('a start that failed', () => {
  it('names the port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const lines = explainStartFailure(await failToListen(port, '127.0.0.1'), { ...settings, port });
    expect(lines).toEqual([
      `PORT: ${port} is in use on 127.0.0.1 (EADDRINUSE); end the other process or set another PORT`,
    ]);
    other.close();
  });

  it('names a host that is no address of the machine', async () => {
    const host = '192.0.2.1';
    expect(explainStartFailure(await failToListen(0, host), { ...settings, host })).toEqual([
      'HOST: 192.0.2.1 is no address of this machine (EADDRNOTAVAIL); set 127.0.0.1, or 0.0.0.0 for all',
    ]);
  });

  it('names a folder that cannot be made', () => {
    const dataDir = `${import.meta.filename}/data`;
    let failure: unknown;
    try {
      mkdirSync(dataDir);
    } catch (error) {
      failure = error;
    }
    expect(explainStartFailure(failure, { ...settings, dataDir })).toEqual([
      `DATA_DIR: ${dataDir} cannot be made or written (ENOTDIR); name a folder that this user may write`,
    ]);
  });

  it('names a folder that cannot be made, whatever the message of the system begins with', () => {
    const message = "EACCES: permission denied, mkdir './data'";
    const failure = Object.assign(new Error(message), { code: 'EACCES', syscall: 'mkdir' });
    expect(explainStartFailure(failure, settings)).toEqual([
      'DATA_DIR: ./data cannot be made or written (EACCES); name a folder that this user may write',
    ]);
  });

  it('names the file of curated answers that cannot be read', () => {
    let failure: unknown;
    try {
      readCuratedAnswers('/nothing/answers.json');
    } catch (error) {
      failure = error;
    }
    expect(explainStartFailure(failure, settings)).toEqual([
      'CURATED_ANSWERS_FILE: /nothing/answers.json cannot be read (ENOENT)',
    ]);
  });

  it('names a folder in which no socket can be made', async () => {
    const server = createServer().listen('/proc/nothing/lock');
    const [error] = (await once(server, 'error')) as [NodeJS.ErrnoException];
    expect(explainStartFailure(error, settings)).toEqual([
      `DATA_DIR: no socket can be made in ./data (${error.code}); name a folder on a disk of this machine`,
    ]);
  });

  it('gives a line for each fault of the configuration, and the message of any other error', () => {
    expect(
      explainStartFailure(new ConfigError(['PORT: must be a number', 'HOST: is empty']), undefined),
    ).toEqual(['PORT: must be a number', 'HOST: is empty']);
    expect(explainStartFailure(new Error('odd'), settings)).toEqual(['odd']);
  });
});
