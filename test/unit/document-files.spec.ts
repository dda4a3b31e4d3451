import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findFiles, readDocument } from '../../src/ingest/document-files.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failsoft-files-'));
  await mkdir(join(folder, 'b/.hidden'), { recursive: true });
  await writeFile(join(folder, 'b/guide.MD'), '# Guide');
  await writeFile(join(folder, 'b/.hidden/secret.md'), '# Secret');
  await writeFile(join(folder, 'a.html'), '<p>Hello</p>');
  await writeFile(join(folder, 'picture.png'), 'no text');
  await writeFile(join(folder, 'latin.txt'), Buffer.from([0x66, 0xfc, 0x72]));
  await writeFile(join(folder, 'empty.txt'), ' \n');
});

afterAll(() => rm(folder, { recursive: true }));

describe('document files', () => {
  it('are found below a folder by name, hidden and unreadable kinds left out', async () => {
    const root = basename(folder);
    const ids = (await findFiles(folder)).map(({ id }) => id);
    expect(ids).toEqual(['a.html', 'b/guide.MD', 'empty.txt', 'latin.txt'].map((path) => `${root}/${path}`));
  });

  it('may be named one by one', async () => {
    const [file] = await findFiles(join(folder, 'b/guide.MD'));
    expect(file?.id).toBe('guide.MD');
    expect(file && (await readDocument(file))).toEqual({
      id: 'guide.MD',
      text: '# Guide',
      format: 'markdown',
      metadata: { path: 'guide.MD' },
    });
  });

  it.each([
    ['latin.txt', 'is not UTF-8 text'],
    ['empty.txt', 'is empty'],
    ['picture.png', 'only Markdown, text and HTML are read'],
  ])('that are no documents are named: %s', async (name, fault) => {
    const path = join(folder, name);
    await expect(readDocument({ path, id: name })).rejects.toThrow(`${path}: ${fault}`);
  });

  it('that vanish are named', async () => {
    await expect(readDocument({ path: join(folder, 'gone.md'), id: 'gone.md' })).rejects.toThrow('ENOENT');
    await expect(findFiles(join(folder, 'nowhere'))).rejects.toThrow('there is no such file or folder');
  });
});
