import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { causeOf } from '../../../src/telemetry/cause-of.ts';
import { createDatabase, makeTemporaryFolder } from '../../support/postgres/database.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { AUTHORITY, TlsFront } from '../../support/postgres/tls-front.ts';
import { describeWithPostgres } from '../../support/requirements.ts';

const TIMEOUT_MS = 5_000;
const REFUSED = 'check the user and sslmode in DATABASE_URL';
const UNTRUSTED = 'no known authority has signed its certificate';
const OTHER_NAME = 'its certificate is for another host';

describeWithPostgres('a server that lets clients in by TLS alone', () => {
  let stack: AsyncDisposableStack;
  let url: string;
  let front: TlsFront;
  let root: string;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    ({ url } = owned);
    front = stack.use(await TlsFront.start(url));
    const folder = await makeTemporaryFolder();
    stack.defer(folder.remove);
    root = join(folder.path, 'root.crt');
    writeFileSync(root, AUTHORITY);
  });
  afterAll(() => stack.disposeAsync());

  /** Connects, and gives what went wrong. */
  async function connect(query: string, host: string): Promise<string | undefined> {
    const to = new URL(url);
    to.hostname = host;
    to.port = String(front.port);
    to.search = query.replace('ROOT', root);
    const connections = new Connections(nativeServer(to.href, TIMEOUT_MS), TIMEOUT_MS, systemClock);
    const { database } = createDatabase(connections);
    const fault = await database.read('SELECT 1').then(
      () => undefined,
      (error: unknown) => JSON.stringify(causeOf(error)),
    );
    await connections.close();
    return fault;
  }

  it.each([
    ['', 'localhost'],
    ['sslmode=allow', 'localhost'],
    ['sslmode=prefer', 'localhost'],
    ['sslmode=require', 'localhost'],
    ['sslmode=require&sslrootcert=ROOT', '127.0.0.1'],
    ['sslmode=verify-ca&sslrootcert=ROOT', '127.0.0.1'],
    ['sslmode=verify-full&sslrootcert=ROOT', 'localhost'],
  ])('is reached with %j at %s, as with libpq', async (query, host) => {
    expect(await connect(query, host)).toBeUndefined();
  });

  it.each([
    ['sslmode=disable', 'localhost', REFUSED],
    ['sslmode=require&sslrootcert=system', 'localhost', UNTRUSTED],
    ['sslmode=verify-full', 'localhost', UNTRUSTED],
    ['sslmode=verify-full&sslrootcert=ROOT', '127.0.0.1', OTHER_NAME],
  ])('is not reached with %j at %s, and the cause says so: %s', async (query, host, fault) => {
    expect(await connect(query, host)).toContain(fault);
  });
});
