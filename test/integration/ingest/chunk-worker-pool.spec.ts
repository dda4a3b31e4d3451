import { ChunkThread } from '../../../src/ingest/documents/chunk-thread.ts';
import { ChunkWorkerPool } from '../../../src/ingest/documents/chunk-worker-pool.ts';
import { cutDocument, type Uncut } from '../../../src/ingest/documents/document-preparation.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { until } from '../../support/until.ts';

const page: Uncut = { title: null, format: 'html', text: '<h1>Fuses</h1><p>A fuse melts.</p>' };
/** Long enough to be still cut when the test ends it. */
const long: Uncut = { title: 'Long', format: 'text', text: 'One more sentence. '.repeat(500_000) };

describe('a chunking thread', () => {
  const clock = new FakeClock();
  const thread = new ChunkThread(clock);
  const { signal } = new AbortController();

  afterAll(() => thread.stop());

  it('returns the chunks and the title that chunking without a thread returns', async () => {
    const { chunks } = cutDocument({ ...page, title: 'Fuses' });
    expect(await thread.cut(page, signal)).toEqual({ title: 'Fuses', metadata: {}, chunks });
  });

  it('rejects a document that cannot be read, and goes on with the next', async () => {
    const deep = { ...page, text: '<div>'.repeat(250) + 'x' + '</div>'.repeat(250) };
    await expect(thread.cut(deep, signal)).rejects.toThrow('is nested too deeply to be read');
    await expect(thread.cut(page, signal)).resolves.toMatchObject({ title: 'Fuses' });
  });

  it("rejects a document that exhausts the parser's stack, and goes on with the next", async () => {
    const empty = { ...page, format: 'markdown' as const, text: `a${'\n'.repeat(5_000_000)}b` };
    await expect(thread.cut(empty, signal)).rejects.toThrow('is nested too deeply');
    await expect(thread.cut(page, signal)).resolves.toMatchObject({ title: 'Fuses' });
  });

  it('rejects a document after 15 seconds and 2.5 more per million characters, and goes on with the next', async () => {
    const given = thread.cut(long, signal);
    const [refused] = await Promise.allSettled([given, clock.advance(15_000 + long.text.length / 400)]);
    expect(refused).toMatchObject({ reason: { message: 'takes too long to be read' } });
    await expect(thread.cut(page, signal)).resolves.toMatchObject({ title: 'Fuses' });
  });

  it('ends the work when its caller leaves, and goes on with the next', async () => {
    const caller = new AbortController();
    const left = thread.cut(long, caller.signal);
    await until('the document is being chunked', () => clock.isDueIn(15_000 + long.text.length / 400));
    caller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(thread.cut(page, signal)).resolves.toMatchObject({ title: 'Fuses' });
  });
});

describe('the chunking threads', () => {
  const pool = new ChunkWorkerPool(new FakeClock());
  const caller = new AbortController();
  const other = { ...long, text: long.text.slice(0, 30_000) };

  afterAll(() => pool.stop());

  it('chunk other documents while a slow one takes its time, and short ones while all others are slow', async () => {
    const slow = [pool.cut(long, caller.signal)];
    await expect(pool.cut(other, caller.signal)).resolves.toMatchObject({ title: 'Long' });
    slow.push(pool.cut(long, caller.signal));
    await expect(pool.cut(page, caller.signal)).resolves.toMatchObject({ title: 'Fuses' });
    const ended: string[] = [];
    const waiting = [other, page, { ...page, text: '<p>x' }].map((document) =>
      pool.cut(document, caller.signal).then(() => ended.push(document.text)),
    );
    await Promise.all(waiting.slice(1));
    expect(ended).not.toContain(other.text);
    caller.abort(new Error('gone'));
    const outcomes = await Promise.allSettled([...slow, ...waiting]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });

  it('give no turn to a document whose caller has left', async () => {
    await expect(pool.cut(page, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await expect(pool.cut(page, new AbortController().signal)).resolves.toMatchObject({ title: 'Fuses' });
  });
});
