import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { JobQueue, type ClaimedJob, type JobLimits } from '../../../src/postgres/records/job-queue.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';

const { signal } = new AbortController();
const limits: JobLimits = { maxOpen: 100, maxAgeSeconds: 600 };
const LEASE_SECONDS = 60;
const [TENANT, OTHER] = ['ours', 'theirs'];

for (const { name, describeOn, start } of servers) {
  describeOn(`the job queue on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;
    let queue: JobQueue;
    let random: number;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
    }, 120_000);

    afterAll(() => close());

    beforeEach(async () => {
      random = 0;
      queue = new JobQueue(database, () => random);
      await database.query('DELETE FROM jobs');
    });

    const add = (number: number, more: Partial<JobLimits> = {}, tenant = TENANT) =>
      queue.add(tenant, { number }, { ...limits, ...more }, signal);
    const find = (id = '', tenant = TENANT) => queue.find(tenant, id, signal);
    const claim = async (leaseSeconds = LEASE_SECONDS): Promise<ClaimedJob> => {
      const job = await queue.claim(leaseSeconds, signal);
      if (!job) throw new Error('there is no job');
      return job;
    };
    const claimNothing = async () => expect(await queue.claim(LEASE_SECONDS, signal)).toBeUndefined();
    /** As if so much time had gone by since the jobs were added and claimed. */
    const age = (seconds: number) =>
      database.query(
        `UPDATE jobs SET created_at = created_at - passed, available_at = available_at - passed,
           lease_expires_at = lease_expires_at - passed, expires_at = expires_at - passed,
           keep_until = keep_until - passed
         FROM make_interval(secs => $1) AS passed`,
        [seconds],
      );

    it('gives jobs in their order, each once, and shows their output', async () => {
      const ids = [await add(1), await add(2)];
      const first = await claim();
      expect(first).toEqual({ tenantId: TENANT, id: ids[0], attempt: 1, data: { number: 1 } });
      expect(await find(first.id)).toEqual({
        state: 'open',
        data: { number: 1 },
        output: null,
        waitSeconds: 0,
      });
      expect(await claim()).toMatchObject({ id: ids[1] });
      await claimNothing();
      expect(await queue.complete(first, { text: 'one' }, signal)).toBe(true);
      expect(await find(first.id)).toEqual({
        state: 'done',
        data: { number: 1 },
        output: { text: 'one' },
        waitSeconds: 0,
      });
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 2 });
      expect(await find(randomUUID())).toBeUndefined();
    });

    it('shows a job to its own tenant alone, and lets no other tenant’s attempt end it', async () => {
      const id = await add(1);
      const theirs = await add(2, {}, OTHER);
      expect(await find(id, OTHER)).toBeUndefined();
      expect(await find(theirs)).toBeUndefined();
      const job = await claim();
      const forged = { ...job, tenantId: OTHER };
      expect(await queue.complete(forged, {}, signal)).toBe(false);
      await queue.abandon(forged, signal);
      await queue.release(forged, signal);
      expect(await queue.complete(job, {}, signal)).toBe(true);
      expect(await claim()).toEqual({ tenantId: OTHER, id: theirs, attempt: 1, data: { number: 2 } });
    });

    it('shows a job no longer than it is kept, though its row stays until it is purged', async () => {
      const id = await add(1);
      await queue.complete(await claim(), {}, signal);
      await age(limits.maxAgeSeconds - 10);
      expect(await find(id)).toBeDefined();
      await age(11);
      expect(await find(id)).toBeUndefined();
      expect(await queue.count(signal)).toEqual({ open: 0, kept: 1 });
    });

    it('shows a job without an output for twice the time it may wait, whenever it was abandoned', async () => {
      const ids = [await add(1), await add(2)];
      await age(2 * limits.maxAgeSeconds - 10);
      expect(await find(ids[0])).toMatchObject({ state: 'open' });
      await queue.abandon(await claim(), signal);
      expect(await find(ids[0])).toEqual({
        state: 'expired',
        data: { number: 1 },
        output: null,
        waitSeconds: 0,
      });
      await age(11);
      for (const id of ids) expect(await find(id)).toBeUndefined();
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 2 });
    });

    it('expires old jobs that no worker has claimed', async () => {
      const ids = [await add(1), await add(2), await add(3)];
      const held = await claim(2 * limits.maxAgeSeconds);
      const lost = await claim(LEASE_SECONDS);
      await age(limits.maxAgeSeconds - 1);
      expect(await queue.expire(signal)).toBe(0);
      await age(1);
      await add(4);
      expect(await queue.expire(signal)).toBe(2);
      expect(await find(ids[1])).toMatchObject({ state: 'expired', output: null });
      expect(await find(ids[2])).toMatchObject({ state: 'expired', output: null });
      expect(await queue.expire(signal)).toBe(0);
      expect(await queue.complete(lost, {}, signal)).toBe(false);
      expect(await queue.complete(held, {}, signal)).toBe(true);
      expect(await claim()).toMatchObject({ data: { number: 4 } });
    });

    it('refuses jobs beyond the limit, even concurrent ones', async () => {
      const tenants = [TENANT, OTHER];
      const added = await Promise.all(
        Array.from({ length: 12 }, (_, number) => add(number, { maxOpen: 5 }, tenants[number % 2])),
      );
      expect(added.filter((id) => id !== undefined)).toHaveLength(5);
      await queue.complete(await claim(), {}, signal);
      expect(await add(20, { maxOpen: 5 })).toEqual(expect.any(String));
      expect(await add(21, { maxOpen: 5 })).toBeUndefined();
      // A job that is too old to be worked on takes no place.
      await age(limits.maxAgeSeconds + 1);
      expect(await add(22, { maxOpen: 5 })).toEqual(expect.any(String));
    });

    it('gives workers that claim at the same time different jobs', async () => {
      const ids = [];
      for (let number = 0; number < 20; number++) ids.push(await add(number));
      const claims = Array.from({ length: 24 }, () => queue.claim(LEASE_SECONDS, signal));
      const jobs = (await Promise.all(claims)).filter((job) => job !== undefined);
      expect(jobs.map(({ id }) => id).sort()).toEqual(ids.sort());
      expect(jobs.map(({ attempt }) => attempt)).toEqual(jobs.map(() => 1));
    });

    it('gives the job of a lost worker to the next, and refuses the late output of the lost one', async () => {
      const id = await add(1);
      // A minute of delay follows the next attempt.
      await database.query('UPDATE jobs SET attempts = 6');
      const lost = await claim();
      await age(LEASE_SECONDS - 10);
      expect(await find(id)).toMatchObject({ state: 'open', waitSeconds: 0 });
      await claimNothing();
      await age(40);
      const { waitSeconds = 0 } = (await find(id)) ?? {};
      expect(waitSeconds).toBeGreaterThan(0);
      expect(waitSeconds).toBeLessThanOrEqual(30);
      await claimNothing();
      await age(30);
      const again = await claim();
      expect(again).toEqual({ ...lost, attempt: lost.attempt + 1 });
      expect(await queue.complete(lost, { from: 'lost' }, signal)).toBe(false);
      await queue.release(lost, signal);
      await queue.abandon(lost, signal);
      await claimNothing();
      expect(await queue.complete(again, { from: 'again' }, signal)).toBe(true);
      expect(await queue.complete(again, { from: 'twice' }, signal)).toBe(false);
      expect((await find(again.id))?.output).toEqual({ from: 'again' });
    });

    it('accepts the output of a slow worker as long as no other has claimed its job', async () => {
      const id = await add(1);
      const slow = await claim();
      await age(LEASE_SECONDS + 1);
      expect(await queue.complete(slow, { from: 'slow' }, signal)).toBe(true);
      expect(await find(id)).toMatchObject({ state: 'done', output: { from: 'slow' } });
      await claimNothing();
    });

    it('refuses the output of an attempt that has released its job', async () => {
      await add(1);
      const job = await claim();
      await queue.release(job, signal);
      expect(await queue.complete(job, {}, signal)).toBe(false);
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 1 });
    });

    it.each([
      ['least', 0, 1, 2],
      ['most', 0.999, 1.9, 3.9],
    ])(
      'offers a released job again after a delay that grows up to a minute, with the %s jitter',
      async (_, jitter, first, second) => {
        random = jitter;
        const id = await add(1);
        const delays: number[] = [];
        for (let attempt = 1; attempt <= 20; attempt++) {
          const job = await claim();
          expect(job.attempt).toBe(attempt);
          expect(await find(id)).toMatchObject({ state: 'open', waitSeconds: 0 });
          await queue.release(job, signal);
          await claimNothing();
          delays.push((await find(id))?.waitSeconds ?? 0);
          await database.query('UPDATE jobs SET available_at = now()');
        }
        expect(delays[0]).toBeGreaterThan(first - 0.9);
        expect(delays[0]).toBeLessThanOrEqual(first + 0.1);
        expect(delays[1]).toBeGreaterThan(second - 0.9);
        expect(delays[1]).toBeLessThanOrEqual(second + 0.1);
        expect(Math.max(...delays)).toBeLessThanOrEqual(60);
        for (const delay of delays.slice(6)) expect(delay).toBeGreaterThan(50);
      },
    );

    it('deletes outputs and abandoned jobs when their time is over', async () => {
      const ids = [await add(1), await add(2), await add(3)];
      await queue.complete(await claim(), {}, signal);
      await queue.abandon(await claim(), signal);
      expect(await find(ids[1])).toMatchObject({ state: 'expired' });
      await age(limits.maxAgeSeconds - 10);
      await queue.purge(signal);
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 3 });
      await age(20);
      await queue.purge(signal);
      expect(await queue.count(signal)).toEqual({ open: 1, kept: 1 });
      await age(limits.maxAgeSeconds);
      await queue.purge(signal);
      expect(await queue.count(signal)).toEqual({ open: 0, kept: 0 });
    });

    // The embedded database has one connection: nobody can claim while another one does.
    if (name === 'native')
      it('skips a job that another transaction is claiming', async () => {
        const ids = [await add(1), await add(2)];
        await database.transaction(async (tx) => {
          await tx.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [ids[0]]);
          expect(await claim()).toMatchObject({ id: ids[1] });
          await claimNothing();
        });
        expect(await claim()).toMatchObject({ id: ids[0], attempt: 1 });
      });
  });
}
