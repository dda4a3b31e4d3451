import { createHash } from 'node:crypto';
import { toDocument } from '../../../src/ingest/documents/document-preparation.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

const { signal } = new AbortController();
const body = (text: string) => ({ text, format: 'text' as const, metadata: { b: ['"', null], a: 1 } });

describe('toDocument', () => {
  it.each([
    ['short', 'A "fuse"\n melts.'],
    ['of many pieces', 'A fuse melts. 🔥'.repeat(100_001)],
    ['whose pieces end inside of characters', `x${'🔥'.repeat(600_000)}`],
    ['whose pieces end at escapes', '"\\\n'.repeat(400_001)],
  ])('hashes a text %s as the JSON of all that was sent', async (_, text) => {
    const sent = ['Fuses', text, 'text', null, Object.entries({ a: 1, b: ['"', null] })];
    const expected = createHash('sha256').update(JSON.stringify(sent)).digest('hex');
    const { id, contentHash } = await toDocument({ ...body(text), title: 'Fuses' }, false, signal);
    expect(contentHash).toBe(expected);
    expect(id).toBe(`doc_${expected.slice(0, 24)}`);
  });

  it('hashes a long text in several turns of the event loop', async () => {
    using turns = new TurnCounter();
    await toDocument(body('x'.repeat(5_000_000)), false, signal);
    expect(turns.count).toBeGreaterThanOrEqual(10);
  });

  it('ends when its caller leaves', async () => {
    const caller = new AbortController();
    const hashing = toDocument(body('x'.repeat(5_000_000)), false, caller.signal);
    caller.abort(new Error('gone'));
    await expect(hashing).rejects.toThrow('gone');
  });
});
