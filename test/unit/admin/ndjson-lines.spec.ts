import { Readable } from 'node:stream';
import { readLines } from '../../../src/admin/ndjson-lines.ts';

const read = (pieces: Buffer[]) => Array.fromAsync(readLines(Readable.from(pieces)));

describe('lines', () => {
  it('are the same however the bytes come', async () => {
    const bytes = Buffer.from('first\n\n zweite → 火\r\nlast');
    const lines = ['first', ' zweite → 火\r', 'last'];
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(await read(pieces)).toEqual(lines);
    }
  });

  it('do not grow without end', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const [line, ...others] = await read(Array.from({ length: 10 }, () => piece));
    expect(line).toHaveLength(4 * 1024 * 1024);
    expect(others).toEqual([]);
  });
});
