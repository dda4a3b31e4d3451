import { PgBoss } from 'pg-boss';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/postgres/database.ts';
import { JobQueue, type JobLimits, type TakenJob } from '../../../src/postgres/job-queue.ts';
import { servers, startMigrated } from '../../support/postgres/database.ts';

const { signal } = new AbortController();
const limits: JobLimits = { maxOpen: 100, maxAgeSeconds: 600, leaseSeconds: 60 };

for (const { name, available, start } of servers) {
  (available ? describe : describe.skip)(`the job queue on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;
    let queue: JobQueue;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
    }, 120_000);

    afterAll(() => close());

    beforeEach(async () => {
      queue = new JobQueue(database);
      await database.query('DELETE FROM pgboss.job');
    });

    const add = async (number: number, more: Partial<JobLimits> = {}) =>
      queue.add({ number }, { ...limits, ...more }, signal);
    const take = async (): Promise<TakenJob> => {
      const job = await queue.take(signal);
      if (!job) throw new Error('there is no job');
      return job;
    };
    /** As if no instance had looked lately. */
    const maintain = async () => {
      await database.query(
        'UPDATE pgboss.queue SET monitor_claim_on = NULL, monitor_on = NULL, maintain_on = NULL',
      );
      await queue.maintain(signal);
    };
    /** As if so much time had gone by since the jobs were added and taken. */
    const age = (seconds: number) =>
      database.query(
        `UPDATE pgboss.job SET created_on = created_on - make_interval(secs => $1),
         started_on = started_on - make_interval(secs => $1), start_after = start_after - make_interval(secs => $1),
         keep_until = keep_until - make_interval(secs => $1), completed_on = completed_on - make_interval(secs => $1)`,
        [seconds],
      );

    it('has the tables, indexes and functions that pg-boss expects', async () => {
      const executeSql = async (sql: string, values?: unknown[]) => ({
        rows: values ? await database.query(sql, values) : await database.script(sql),
      });
      const boss = new PgBoss({ db: { executeSql }, migrate: false });
      expect(await boss.detectSchemaDrift()).toMatchObject({ ok: true });
    });

    it('gives jobs in their order, each once, and their result to who asks', async () => {
      const ids = [await add(1), await add(2)];
      const first = await take();
      expect(first).toEqual({ id: ids[0], retryCount: 0, data: { number: 1 } });
      expect(await queue.find(first.id, signal)).toEqual({
        state: 'open',
        data: { number: 1 },
        output: null,
        waitSeconds: 0,
      });
      expect(await take()).toMatchObject({ id: ids[1] });
      expect(await queue.take(signal)).toBeUndefined();
      expect(await queue.complete(first, { text: 'one' }, signal)).toBe(true);
      expect(await queue.find(first.id, signal)).toEqual({
        state: 'completed',
        data: { number: 1 },
        output: { text: 'one' },
        waitSeconds: 0,
      });
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 2 });
      expect(await queue.find(randomUUID(), signal)).toBeUndefined();
    });

    it('shows a job no longer than it is kept, though its row may stay until somebody looks', async () => {
      const id = (await add(1)) ?? '';
      await queue.complete(await take(), {}, signal);
      await age(limits.maxAgeSeconds - 10);
      expect(await queue.find(id, signal)).toBeDefined();
      await age(11);
      expect(await queue.find(id, signal)).toBeUndefined();
      expect(await queue.count(signal)).toEqual({ open: 0, kept: 1 });
    });

    it('shows a job without a result for twice the time it may wait, whenever it was given up', async () => {
      const ids = [(await add(1)) ?? '', (await add(2)) ?? ''];
      await age(2 * limits.maxAgeSeconds - 10);
      expect(await queue.find(ids[0] ?? '', signal)).toMatchObject({ state: 'open' });
      await queue.giveUp(await take(), signal);
      expect(await queue.find(ids[0] ?? '', signal)).toMatchObject({ state: 'given_up' });
      await age(11);
      for (const id of ids) expect(await queue.find(id, signal)).toBeUndefined();
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 2 });
    });

    it('gives up the old jobs that nobody has taken', async () => {
      const ids = [await add(1), await add(2)];
      const taken = await take();
      await age(limits.maxAgeSeconds - 1);
      expect(await queue.giveUpOlder(limits.maxAgeSeconds, signal)).toBe(0);
      await age(1);
      await add(3);
      expect(await queue.giveUpOlder(limits.maxAgeSeconds, signal)).toBe(1);
      expect(await queue.find(ids[1] ?? '', signal)).toMatchObject({ state: 'given_up' });
      expect(await queue.giveUpOlder(limits.maxAgeSeconds, signal)).toBe(0);
      expect(await queue.complete(taken, {}, signal)).toBe(true);
      expect(await take()).toMatchObject({ data: { number: 3 } });
    });

    it('lets nobody go beyond the limit, also not together', async () => {
      const added = await Promise.all(Array.from({ length: 12 }, (_, number) => add(number, { maxOpen: 5 })));
      expect(added.filter((id) => id !== undefined)).toHaveLength(5);
      await queue.complete(await take(), {}, signal);
      expect(await add(20, { maxOpen: 5 })).toEqual(expect.any(String));
      expect(await add(21, { maxOpen: 5 })).toBeUndefined();
      // Those that are too old to be worked on take no place.
      await age(limits.maxAgeSeconds + 1);
      expect(await add(22, { maxOpen: 5 })).toEqual(expect.any(String));
    });

    it('takes a job from who has not ended it in time, whose result then comes too late', async () => {
      await add(1);
      const lost = await take();
      await maintain();
      expect(await queue.take(signal)).toBeUndefined();
      await age(limits.leaseSeconds + 1);
      await maintain();
      await age(10);
      const again = await take();
      expect(again).toEqual({ ...lost, retryCount: 1 });
      expect(await queue.complete(lost, { from: 'lost' }, signal)).toBe(false);
      expect(await queue.complete(again, { from: 'again' }, signal)).toBe(true);
      expect(await queue.complete(again, { from: 'twice' }, signal)).toBe(false);
      expect((await queue.find(again.id, signal))?.output).toEqual({ from: 'again' });
    });

    it('tries what was given back later, each time after a longer pause, and never after more than a minute', async () => {
      const id = await add(1);
      const pauses: number[] = [];
      for (let attempt = 0; attempt < 12; attempt++) {
        const job = await take();
        expect(job.retryCount).toBe(attempt);
        expect(await queue.find(job.id, signal)).toMatchObject({ state: 'open', waitSeconds: 0 });
        await queue.putBack(job, signal);
        expect(await queue.take(signal)).toBeUndefined();
        pauses.push((await queue.find(id ?? '', signal))?.waitSeconds ?? 0);
        await database.query('UPDATE pgboss.job SET start_after = now()');
      }
      expect(pauses[0]).toBeGreaterThan(0);
      expect(pauses[0]).toBeLessThan(3);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(60);
      expect(pauses.at(-1)).toBeGreaterThan(50);
    });

    it('forgets the results, and the jobs that were given up, when their time is over', async () => {
      const ids = [await add(1), await add(2), await add(3)];
      await queue.complete(await take(), {}, signal);
      await queue.giveUp(await take(), signal);
      expect((await queue.find(ids[1] ?? '', signal))?.state).toBe('given_up');
      await age(limits.maxAgeSeconds - 10);
      await maintain();
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 3 });
      await age(20);
      await maintain();
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 1 });
      await age(limits.maxAgeSeconds);
      await maintain();
      expect(await queue.count(signal)).toEqual({ open: 0, kept: 0 });
    });
  });
}
