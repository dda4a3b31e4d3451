import { json } from 'node:stream/consumers';
import { streamPieces, streamWithText } from '../../../src/http/streams/json-stream.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

describe('a response in pieces', () => {
  it.each([
    ['a long text', { id: 'a', chunks: 1 }, 'Fuse "7"\n\\🦆\u0001'.repeat(200_000)],
    ['an empty text', { id: '"a"' }, ''],
    ['a text alone', {}, 'x'],
  ])('is the JSON of %s', async (_, fields, text) => {
    const response = streamWithText(fields, 'text', text);
    expect(response.getHeaders()).toMatchObject({ type: 'application/json; charset=utf-8' });
    expect(await json(response.getStream())).toEqual({ ...fields, text });
  });

  it('is written in several turns of the event loop', async () => {
    using turns = new TurnCounter();
    const writtenIn = new Set<number>();
    function* pieces(): Generator<string> {
      for (let index = 0; index < 20; index++) {
        writtenIn.add(turns.count);
        yield `${index}${index < 19 ? ',' : ']'}`;
      }
    }
    const [first] = (await json(streamPieces(['[', '0', ']'], 'application/json').getStream())) as number[];
    expect(first).toBe(0);
    const all = streamPieces(pieces(), 'application/x-ndjson').getStream().setEncoding('utf8');
    let text = '[';
    for await (const piece of all) text += String(piece);
    expect(JSON.parse(text)).toHaveLength(20);
    expect(writtenIn.size).toBeGreaterThanOrEqual(19);
  });
});
