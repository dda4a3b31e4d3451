import { JsonSize } from '../../../src/schemas/json-size.ts';

const WIDE = { values: 1_000_000, depth: 1_000_000 };

/** What is exceeded when the text comes in pieces of so many bytes. */
function measure(text: string, limits: { values: number; depth: number }, pieceBytes = 65_536) {
  const size = new JsonSize(limits);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    const excess = size.add(bytes.subarray(start, start + pieceBytes));
    if (excess) return excess;
  }
  return undefined;
}

describe('the size of a JSON text', () => {
  it.each([
    ['1', 1],
    ['[]', 2],
    ['[1,2,3]', 4],
    ['{"a":1,"b":[2,{"c":3}]}', 6],
    ['{"documents":[{"text":"a"},{"text":"b"}]}', 6],
    ['"a,b,[c],{d},\\",e\\\\"', 1],
    ['{"a,b":"\\\\","c":1}', 3],
    ['["日本,語","🔥,\\u002c"]', 3],
  ])('counts the commas and opening brackets of %s', (text, values) => {
    for (const pieceBytes of [1, 2, 3, 100]) {
      expect(measure(text, { ...WIDE, values }, pieceBytes)).toBeUndefined();
      expect(measure(text, { ...WIDE, values: values - 1 }, pieceBytes)).toBe('values');
    }
  });

  it.each([
    ['[[[]]]', 3],
    ['[{"a":[]},{"b":{}}]', 3],
    ['{"a":"[[[[","b":[1]}', 2],
  ])('counts the levels of %s', (text, depth) => {
    expect(measure(text, { ...WIDE, depth })).toBeUndefined();
    expect(measure(text, { ...WIDE, depth: depth - 1 })).toBe('depth');
  });

  it('is not exceeded by one long text', () => {
    expect(
      measure(JSON.stringify({ text: ',[{"'.repeat(100_000) }), { values: 2, depth: 1 }),
    ).toBeUndefined();
  });
});
