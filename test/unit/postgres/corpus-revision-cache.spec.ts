import { CorpusRevisionCache } from '../../../src/postgres/corpus/corpus-revision-cache.ts';
import { REVISIONS_PER_CORPUS } from '../../../src/postgres/corpus/corpus-revision.ts';
import type { CorpusRepository, CorpusState } from '../../../src/postgres/corpus/corpus.repository.ts';
import type { PeerChannel } from '../../../src/resilience/sharing/peer-channel.ts';
import type { PeerMessage } from '../../../src/resilience/sharing/peer-message.ts';
import { GuardRejectedError } from '../../../src/resilience/guard/errors.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

/** Stands in for the table; `answer` is what the next read gives. */
class Reads {
  count = 0;
  since: number[] = [];
  answer: () => Promise<CorpusState> = () => Promise.resolve({ revision: 1, deletions: [] });

  read(_tenantId: string, since: number): Promise<CorpusState> {
    this.count++;
    this.since.push(since);
    return this.answer();
  }

  forgotten: number[] = [];

  async forgetDeletions(olderThanSeconds: number): Promise<void> {
    this.forgotten.push(olderThanSeconds);
  }
}

const KEEP_SECONDS = 7_200;

/** A channel that records what is published, and delivers what a test gives it. */
class Channel implements PeerChannel {
  readonly published: PeerMessage[] = [];
  deliver: (message: PeerMessage) => void = () => undefined;

  open(): void {}

  subscribe(onMessage: (message: PeerMessage) => void): void {
    this.deliver = onMessage;
  }

  publish(message: PeerMessage): void {
    this.published.push(message);
  }

  async close(): Promise<void> {}
}

function setUp(isShared = true) {
  const channel = new Channel();
  const sharing = { isShared, channel };
  const reads = new Reads();
  const clock = new FakeClock();
  const revisions = new CorpusRevisionCache(
    reads as unknown as CorpusRepository,
    clock,
    KEEP_SECONDS,
    sharing,
  );
  const { signal } = new AbortController();
  return { reads, clock, revisions, channel, current: () => revisions.current('default', signal) };
}

describe('the cached corpus revision', () => {
  it('is read at most once a second', async () => {
    const { reads, clock, current } = setUp();
    await Promise.all([current(), current(), current()]);
    await current();
    expect(reads.count).toBe(1);
    await clock.advance(1_000);
    await current();
    expect(reads.count).toBe(2);
    expect(reads.since).toEqual([0, 1]);
  });

  it('is the last known one during a database outage, and unknown before the first read', async () => {
    const { reads, clock, current } = setUp();
    reads.answer = () => Promise.reject(new Error('down'));
    expect(await current()).toBeUndefined();
    reads.answer = () => Promise.resolve({ revision: 7, deletions: [] });
    expect((await current())?.revision).toBe(7);
    reads.answer = () => Promise.reject(new Error('down'));
    await clock.advance(60_000);
    expect((await current())?.revision).toBe(7);
  });

  it('is unknown for another database, even one that replaced the first', async () => {
    const { reads, clock, current } = setUp();
    const other = 7 * REVISIONS_PER_CORPUS;
    reads.answer = () =>
      Promise.resolve({ revision: other + 5, deletions: [{ documentId: 'a', revision: other + 4 }] });
    const before = await current();
    expect(before?.deletedSince('b', other + 1)).toBe(false);
    expect(before?.deletedSince('b', 5)).toBe(true);
    expect(before?.deletedSince('b', other + REVISIONS_PER_CORPUS)).toBe(true);
    await clock.advance(1_000);
    reads.answer = () => Promise.resolve({ revision: 9, deletions: [{ documentId: 'c', revision: 8 }] });
    const after = await current();
    expect(reads.since).toEqual([0, other + 5, 0]);
    expect(after?.deletedSince('b', other + 5)).toBe(true);
    expect(after?.deletedSince('a', 7)).toBe(false);
    expect(after?.deletedSince('c', 7)).toBe(true);
  });

  it('includes deletions', async () => {
    const { reads, clock, current } = setUp();
    reads.answer = () => Promise.resolve({ revision: 5, deletions: [{ documentId: 'a', revision: 4 }] });
    await current();
    await clock.advance(1_000);
    reads.answer = () => Promise.resolve({ revision: 6, deletions: [] });
    const corpus = await current();
    expect(corpus?.deletedSince('a', 3)).toBe(true);
    expect(corpus?.deletedSince('a', 4)).toBe(false);
    expect(corpus?.deletedSince('b', 0)).toBe(false);
  });

  it('drops deletions when no cached answer can be older', async () => {
    const { reads, clock, current } = setUp();
    reads.answer = () => Promise.resolve({ revision: 5, deletions: [{ documentId: 'a', revision: 4 }] });
    await current();
    await clock.advance(KEEP_SECONDS * 1_000);
    reads.answer = () => Promise.resolve({ revision: 6, deletions: [{ documentId: 'b', revision: 6 }] });
    const known = await current();
    expect(known?.deletedSince('a', 3)).toBe(true);
    await clock.advance(1_000);
    const later = await current();
    expect(later?.deletedSince('a', 3)).toBe(false);
    expect(later?.deletedSince('b', 5)).toBe(true);
  });

  it('deletes old deletion records in the database once an hour', async () => {
    const { reads, clock, current } = setUp();
    await current();
    await clock.advance(3_599_000);
    await current();
    expect(reads.forgotten).toEqual([KEEP_SECONDS]);
    await clock.advance(1_000);
    await current();
    expect(reads.forgotten).toEqual([KEEP_SECONDS, KEEP_SECONDS]);
  });

  it('ignores a read that began before a write of this instance', async () => {
    const { reads, current, revisions } = setUp();
    await current();
    const slow = Promise.withResolvers<CorpusState>();
    reads.answer = () => slow.promise;
    await revisions.track('default', async (note) => note({ revision: 2, deleted: [] }));
    const before = current();
    await revisions.track('default', async (note) => note({ revision: 3, deleted: ['a'] }));
    reads.answer = () => Promise.resolve({ revision: 3, deletions: [{ documentId: 'a', revision: 3 }] });
    expect((await current())?.revision).toBe(3);
    slow.resolve({ revision: 2, deletions: [] });
    await before;
    expect((await current())?.revision).toBe(3);
  });

  it('includes a change of this instance at once, even when the database fails before the next read', async () => {
    const { reads, current, revisions } = setUp();
    expect(revisions.changesSeen('default')).toBe(0);
    await current();
    expect(revisions.changesSeen('default')).toBe(0);
    await revisions.track('default', async (note) => note({ revision: 3, deleted: ['a'] }));
    expect(revisions.changesSeen('default')).toBe(1);
    reads.answer = () => Promise.reject(new Error('down'));
    const known = await current();
    expect(known?.revision).toBe(3);
    expect(known?.deletedSince('a', 1)).toBe(true);
    expect(known?.deletedSince('b', 1)).toBe(false);
    // What others changed before it is still read.
    reads.answer = () =>
      Promise.resolve({
        revision: 3,
        deletions: [
          { documentId: 'b', revision: 2 },
          { documentId: 'a', revision: 3 },
        ],
      });
    expect((await current())?.deletedSince('b', 1)).toBe(true);
    expect(reads.since).toEqual([0, 1, 1]);
  });

  it('is read again after a write with an unknown outcome', async () => {
    const { reads, current, revisions } = setUp();
    await current();
    const failed = revisions.track('default', () => Promise.reject(new Error('cut')));
    await expect(failed).rejects.toThrow('cut');
    reads.answer = () => Promise.reject(new Error('down'));
    expect((await current())?.isCertain).toBe(false);
    expect(reads.count).toBe(2);
  });

  it('is certain when a write was never sent', async () => {
    const { reads, current, revisions } = setUp();
    await current();
    const refused = new GuardRejectedError('postgres', 'open', 1_000);
    await expect(revisions.track('default', () => Promise.reject(refused))).rejects.toThrow(refused);
    reads.answer = () => Promise.reject(new Error('down'));
    expect((await current())?.isCertain).toBe(true);
    expect(revisions.changesSeen('default')).toBe(0);
  });

  it.each([
    ['is uncertain after half a minute without a shared database', true, false],
    ['is certain as long as nobody else can change it', false, true],
  ])('%s', async (_, isShared, isCertain) => {
    const { reads, clock, current } = setUp(isShared);
    await current();
    reads.answer = () => Promise.reject(new Error('down'));
    await clock.advance(30_000);
    expect((await current())?.isCertain).toBe(true);
    await clock.advance(1);
    expect((await current())?.isCertain).toBe(isCertain);
    reads.answer = () => Promise.resolve({ revision: 1, deletions: [] });
    expect((await current())?.isCertain).toBe(true);
  });

  it('is exchanged with the other instances', async () => {
    const { reads, revisions, channel, current } = setUp();
    await current();
    const own = { revision: 2, deleted: ['a'] };
    await revisions.track('default', async (note) => note(own));
    expect(channel.published).toEqual([{ kind: 'corpus_changed', tenant: 'default', ...own }]);
    reads.answer = () => Promise.reject(new Error('down'));
    // It comes back to who sent it.
    for (const message of channel.published) channel.deliver(message);
    expect(revisions.changesSeen('default')).toBe(1);
    channel.deliver({ kind: 'corpus_changed', tenant: 'default', revision: 4, deleted: ['b'] });
    // Messages may overtake each other.
    channel.deliver({ kind: 'corpus_changed', tenant: 'default', revision: 3, deleted: ['c'] });
    channel.deliver({ kind: 'corpus_changed', tenant: 'unknown', revision: 9, deleted: ['d'] });
    const known = await current();
    expect(known?.revision).toBe(4);
    expect(['a', 'b', 'c', 'd'].map((id) => known?.deletedSince(id, 1))).toEqual([true, true, true, false]);
    expect(revisions.changesSeen('default')).toBe(3);
  });

  it('is the last known one while the database takes long, and the read one once it comes', async () => {
    const { reads, clock, current } = setUp();
    await current();
    await clock.advance(1_000);
    const slow = Promise.withResolvers<CorpusState>();
    reads.answer = () => slow.promise;
    const asked = current();
    await clock.advance(149);
    expect(await Promise.race([asked, Promise.resolve('waiting')])).toBe('waiting');
    await clock.advance(1);
    expect(await asked).toMatchObject({ revision: 1, isCertain: true });
    expect(await current()).toMatchObject({ revision: 1, isCertain: true });
    expect(reads.count).toBe(2);
    slow.resolve({ revision: 2, deletions: [] });
    await clock.advance(0);
    expect(await current()).toMatchObject({ revision: 2, isCertain: true });
    expect(reads.count).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['is not certain any more', 30_000, true],
    ['was never read', 0, false],
  ])('is waited for as long as the database takes when it %s', async (_, knownForMs, isKnown) => {
    const { reads, clock, current } = setUp();
    if (isKnown) await current();
    await clock.advance(knownForMs + 1);
    const slow = Promise.withResolvers<CorpusState>();
    reads.answer = () => slow.promise;
    const asked = current();
    await clock.advance(2_000);
    expect(await Promise.race([asked, Promise.resolve('waiting')])).toBe('waiting');
    slow.resolve({ revision: 3, deletions: [] });
    expect(await asked).toMatchObject({ revision: 3, isCertain: true });
  });

  it('waits no longer than its caller', async () => {
    const { reads, revisions } = setUp();
    reads.answer = () => new Promise(() => undefined);
    expect(await revisions.current('default', AbortSignal.abort())).toBeUndefined();
  });
});
