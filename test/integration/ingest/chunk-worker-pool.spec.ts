import { ChunkWorkerPool } from '../../../src/ingest/documents/chunk-worker-pool.ts';
import { cutDocument, type Uncut } from '../../../src/ingest/documents/document-preparation.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { until } from '../../support/until.ts';

const page: Uncut = { title: null, format: 'html', text: '<h1>Fuses</h1><p>A fuse melts.</p>' };
/** Long enough to be still cut when the test ends it. */
const long: Uncut = { title: 'Long', format: 'text', text: 'One more sentence. '.repeat(500_000) };

describe('the chunking worker', () => {
  const clock = new FakeClock();
  const thread = new ChunkWorkerPool(clock);
  const { signal } = new AbortController();

  afterAll(() => thread.stop());

  it('returns the chunks and the title that chunking without a thread returns', async () => {
    const { chunks } = cutDocument({ ...page, title: 'Fuses' });
    expect(await thread.cut(page, signal)).toEqual({ title: 'Fuses', chunks });
  });

  it('rejects a document that cannot be read, and goes on with the next', async () => {
    const deep = { ...page, text: '<div>'.repeat(250) + 'x' + '</div>'.repeat(250) };
    const replies = await Promise.allSettled([thread.cut(deep, signal), thread.cut(page, signal)]);
    expect(replies).toMatchObject([
      { status: 'rejected', reason: { message: 'is nested too deeply to be read' } },
      { status: 'fulfilled', value: { title: 'Fuses' } },
    ]);
  });

  it("rejects a document that exhausts the parser's stack, and goes on with the next", async () => {
    const empty = { ...page, format: 'markdown' as const, text: `a${'\n'.repeat(5_000_000)}b` };
    const replies = await Promise.allSettled([thread.cut(empty, signal), thread.cut(page, signal)]);
    expect(replies).toMatchObject([
      { status: 'rejected', reason: { message: 'is nested too deeply' } },
      { status: 'fulfilled', value: { title: 'Fuses' } },
    ]);
  });

  it('rejects a document after a minute, and goes on with the next', async () => {
    const given = thread.cut(long, signal);
    const next = thread.cut(page, signal);
    const [refused] = await Promise.allSettled([given, clock.advance(60_000)]);
    expect(refused).toMatchObject({ reason: { message: 'takes too long to be read' } });
    await expect(next).resolves.toMatchObject({ title: 'Fuses' });
  });

  it('ends the work when its caller leaves, and goes on with the next', async () => {
    const caller = new AbortController();
    const left = thread.cut(long, caller.signal);
    const next = thread.cut(page, signal);
    await until('the first document is being chunked', () => clock.isDueIn(60_000));
    caller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(next).resolves.toMatchObject({ title: 'Fuses' });
  });
});
