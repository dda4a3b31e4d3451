import { createHash } from 'node:crypto';
import { cutDocument, joinMetadata, toDocument } from '../../../src/ingest/documents/document-preparation.ts';
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

describe('the metadata of a document', () => {
  it('takes fields of the front matter up to the limits, after what was sent', () => {
    const long = 'x'.repeat(1_000);
    const own = Array.from({ length: 60 }, (_, index) => `f${index}: ${index < 2 ? long : index}`);
    const text = `---\nlong: [${Array.from({ length: 21 }, () => long).join()}]\n${own.join('\n')}\n---\nA fuse.`;
    const { metadata } = cutDocument({ title: null, text, format: 'markdown' });
    expect(Object.keys(metadata)).toHaveLength(50);
    const sent = { f2: 'sent', list: Array.from({ length: 18 }, () => long) };
    const joined = joinMetadata(sent, metadata);
    expect(joined).toMatchObject({ ...sent, f0: long, f3: 3 });
    expect(joined).not.toHaveProperty('long');
    expect(joined).not.toHaveProperty('f1');
    expect(Object.keys(joined)).toHaveLength(50);
  });
});
