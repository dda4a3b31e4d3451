import { Readable } from 'node:stream';
import { readLines } from '../../../src/admin/ndjson-lines.ts';

const MIB = 1024 * 1024;

const read = (pieces: Buffer[], maxBytes = 1024 * MIB) =>
  Array.fromAsync(readLines(Readable.from(pieces), maxBytes));

describe('NDJSON lines', () => {
  it('are the same however the bytes are cut into pieces', async () => {
    const bytes = Buffer.from('first\n\n zweite → 火\r\nlast');
    const lines = ['first', ' zweite → 火\r', 'last'];
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(await read(pieces)).toEqual(lines);
    }
  });

  it('are cut at 4 MiB', async () => {
    const piece = Buffer.alloc(MIB, 'x');
    const [line, ...others] = await read([...Array.from({ length: 10 }, () => piece), Buffer.from('\nnext')]);
    expect(line).toHaveLength(4 * MIB);
    expect(others).toEqual(['next']);
    const [whole] = await read([
      Buffer.concat([...Array.from({ length: 5 }, () => piece), Buffer.from('\n')]),
    ]);
    expect(whole).toHaveLength(4 * MIB);
  });

  it('take time in proportion to the text, however long a line is', async () => {
    // Looking again at what has come of the line with every piece would take minutes.
    const piece = Buffer.alloc(256, 'x');
    const [line] = await read(Array.from({ length: (8 * MIB) / 256 }, () => piece));
    expect(line).toHaveLength(4 * MIB);
  });

  it('end with an error at the byte limit, after the lines before it', async () => {
    const lines: string[] = [];
    const reading = async () => {
      const pieces = Readable.from([Buffer.from('first\nsec'), Buffer.from('ond\nthird\n')]);
      for await (const line of readLines(pieces, 18)) lines.push(line);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(lines).toEqual(['first']);
    expect(await read([Buffer.from('first\nsec'), Buffer.from('ond\nthird\n')], 19)).toHaveLength(3);
  });
});
