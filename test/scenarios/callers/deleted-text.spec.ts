import { startService, type Service } from '../../support/service/service.ts';
import { Database } from '../../../src/postgres/connection/database.ts';
import { EventReader } from '../../support/service/event-reader.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { describeWithPostgresAndRedis } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const SECRET = 'obsidian-lantern';
const ADMIN_TOKEN = 'an-admin-token-for-tests';
const MINUTE_MS = 60_000;

describeWithPostgresAndRedis('the text of a deleted document', () => {
  it('is gone within a minute from answers, exports, memory of every instance, Redis and deferred answers', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const redis = await RedisServer.start();
    stack.defer(() => redis.kill());
    const clocks = [new FakeClock(), new FakeClock()];
    const [one, other] = (await Promise.all(
      clocks.map(async (clock, index) => {
        const service = await startService(
          {
            DATABASE_URL: owned.url,
            DATABASE_TIMEOUT_MS: '600000',
            REDIS_URL: redis.url,
            REDIS_TIMEOUT_MS: '600000',
            ADMIN_TOKEN,
            INSTANCE_NAME: `instance-${index}`,
            GENERATION_TARGETS: 'local://extractive',
          },
          clock,
        );
        stack.defer(() => service.close());
        return service;
      }),
    )) as [Service, Service];
    await one.ingest([
      { id: 'lamp', text: `The harbour lamp is called ${SECRET} by everybody.` },
      { id: 'boat', text: 'The ferry leaves the harbour at noon.' },
    ]);
    const question = 'What is the harbour lamp called?';
    for (const service of [one, other]) expect((await service.query(question)).body.answer).toContain(SECRET);
    const kept = 'When does the ferry leave?';
    await one.query(kept);
    const said = [question, `It is called ${SECRET}.`, 'And when does the ferry leave?'];
    const messages = said.map((content, at) => ({ role: at % 2 ? 'assistant' : 'user', content }));
    await (await EventReader.ask(one, { messages, resumable: true })).rest();

    const database = one.app.get(Database);
    const job = {
      revision: 1,
      body: { sources: [{ document_id: 'lamp', excerpt: SECRET }], metadata: null },
    };
    await database.query(
      `INSERT INTO jobs (tenant_id, state, data, output, expires_at, keep_until)
       SELECT 'default', 'done', '{}', jsonb_set($1::jsonb, '{revision}', to_jsonb(revision)), now(), now() + interval '1 day' FROM corpora`,
      [JSON.stringify(job)],
    );
    const holds = async () => {
      const rows = await database.query(
        `SELECT 'question' FROM answered_questions q WHERE q::text LIKE $1 UNION ALL SELECT 'job' FROM jobs j WHERE j::text LIKE $1`,
        [`%${SECRET}%`],
      );
      const exported = await Promise.all(
        [one, other].map(({ url }) =>
          fetch(`${url}/admin/cache`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).then((reply) =>
            reply.text(),
          ),
        ),
      );
      return {
        rows: rows.length,
        exported: exported.map((text) => text.includes(SECRET)),
        shared: (await valuesOf(redis)).some((value) => value.includes(SECRET)),
      };
    };
    await until('the answer is stored', async () => (await holds()).rows === 2);
    expect(await holds()).toEqual({ rows: 2, exported: [true, true], shared: true });

    await database.query(
      `INSERT INTO deleted_documents (tenant_id, document_id, revision)
       SELECT 'default', 'earlier-' || n, 1 FROM generate_series(1, 150) AS n`,
    );
    expect((await one.request('DELETE', '/documents/lamp')).status).toBe(204);
    for (const clock of clocks) await clock.advance(MINUTE_MS / 2);
    await until('it is gone everywhere', async () => {
      const { rows, exported, shared } = await holds();
      return rows === 0 && !exported.includes(true) && !shared;
    });
    expect((await one.query(kept)).body.metadata.from_fallback).toBe(false);
    expect((await valuesOf(redis)).length).toBeGreaterThan(0);
  });
});

/** The texts in Redis, without what finds them again. */
async function valuesOf(redis: RedisServer): Promise<string[]> {
  const keys = (await redis.command('KEYS', 'failsoft:*')) as string[];
  const texts = keys.filter((key) => /^failsoft:(answers|contexts|streams):/.test(key));
  return Promise.all(texts.map(async (key) => String(await redis.command('GET', key))));
}
