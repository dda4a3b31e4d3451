import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { PgBouncer } from '../../support/postgres/pgbouncer.ts';
import { describeWithPgBouncer, describeWithPostgres } from '../../support/requirements.ts';

const LIMIT_MS = 10_000;
const ALLOWED = 2;
const EVERYBODY = Array.from({ length: 40 }, (_, number) => ({ number }));

/** Asks for far more connections at once than there are, and gives the number of each who was served. */
async function serve(url: string, stack: AsyncDisposableStack): Promise<unknown[]> {
  const connections = new Connections(nativeServer(url, LIMIT_MS), LIMIT_MS, systemClock);
  stack.defer(() => connections.close());

  const { signal } = new AbortController();
  const asked = EVERYBODY.map(async ({ number }) => {
    const lease = await connections.open(signal);
    try {
      return (await lease.run('SELECT $1::int AS number', [number], signal)).rows[0];
    } finally {
      await lease.release();
    }
  });
  return Promise.all(asked);
}

describeWithPostgres('a role that may have fewer connections than the pool', () => {
  it('is served by those that it may have: who asks for more waits', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const operator = new Client({ connectionString: owned.url });
    await operator.connect();
    stack.defer(() => operator.end());
    const role = `limited_${randomUUID().replaceAll('-', '')}`;
    const database = new URL(owned.url).pathname.slice(1);
    await operator.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret' CONNECTION LIMIT ${ALLOWED}`);
    stack.defer(async () => {
      await operator.query(`DROP OWNED BY ${role}`);
      await operator.query(`DROP ROLE ${role}`);
    });
    await operator.query(`GRANT ALL ON DATABASE ${database} TO ${role}`);
    const url = Object.assign(new URL(owned.url), { username: role, password: 'secret' });
    expect(await serve(url.href, stack)).toEqual(EVERYBODY);
  });
});

describeWithPgBouncer('a PgBouncer that takes fewer clients than the pool', () => {
  it('serves them by those that it takes: who asks for more waits', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const pooler = await PgBouncer.start(owned.url, 'transaction', { max_client_conn: ALLOWED });
    stack.defer(() => pooler.stop());
    expect(await serve(pooler.url, stack)).toEqual(EVERYBODY);
  });
});
