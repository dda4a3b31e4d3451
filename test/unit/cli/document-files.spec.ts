import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findFiles, readDocument } from '../../../src/cli/document-files.ts';

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
  it('are found below a folder in the order of their names, without hidden files and other types', async () => {
    const root = basename(folder);
    const ids = (await findFiles(folder)).files.map(({ id }) => id);
    expect(ids).toEqual(['a.html', 'b/guide.MD', 'empty.txt', 'latin.txt'].map((path) => `${root}/${path}`));
  });

  it('have the endings that documentation uses, and others are counted by kind', async () => {
    const root = await mkdtemp(join(folder, 'kinds-'));
    const documents = ['a.htm', 'b.markdown', 'c.mdown', 'd.mdx', 'e.text', 'f.xhtml', 'g.qmd'];
    for (const name of [...documents, '1.png', '2.PNG', 'Makefile', 'data.json', '.hidden'])
      await writeFile(join(root, name), 'x');
    const { files, passedOver } = await findFiles(root);
    expect(files.map(({ path }) => basename(path))).toEqual(documents);
    expect(passedOver).toEqual(new Map(Object.entries({ '.png': 2, 'without ending': 1, '.json': 1 })));
  });

  it('are not looked for in folders that tools make, but in folders that only have such a name', async () => {
    const root = await mkdtemp(join(folder, 'tools-'));
    const pages = [
      'app/build',
      'app/node_modules/x',
      'app/docs/build',
      'rust/target',
      'target',
      'build',
      'vendor',
      'php/vendor',
      '_site',
      'dist',
      'mk/site',
      'site',
      'constructor',
    ];
    for (const path of pages) {
      await mkdir(join(root, path), { recursive: true });
      await writeFile(join(root, path, 'page.md'), '# Page');
    }
    await writeFile(join(root, 'app/package.json'), '{}');
    await writeFile(join(root, 'rust/Cargo.toml'), '');
    await writeFile(join(root, 'php/composer.json'), '{}');
    await writeFile(join(root, 'mk/mkdocs.yml'), '');
    const { files, passedOver } = await findFiles(root);
    const found = files.map(({ path }) => path.slice(root.length + 1, -'/page.md'.length));
    expect(found).toEqual(['app/docs/build', 'build', 'constructor', 'site', 'target', 'vendor']);
    expect(Object.fromEntries(passedOver)).toMatchObject({
      'node_modules/': 1,
      'build/': 1,
      'target/': 1,
      'vendor/': 1,
      '_site/': 1,
      'dist/': 1,
      'site/': 1,
    });
  });

  it('are also read from paths of single files', async () => {
    const { files } = await findFiles(join(folder, 'b/guide.MD'));
    const [file] = files;
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
  ])('are refused with their path when they are not documents: %s', async (name, fault) => {
    const path = join(folder, name);
    await expect(readDocument({ path, id: name })).rejects.toThrow(`${path}: ${fault}`);
  });

  it('are refused with their path when they do not exist', async () => {
    await expect(readDocument({ path: join(folder, 'gone.md'), id: 'gone.md' })).rejects.toThrow('ENOENT');
    await expect(findFiles(join(folder, 'nowhere'))).rejects.toThrow('there is no such file or folder');
  });

  describe('behind symbolic links', () => {
    let root: string;

    beforeEach(async () => {
      root = await mkdtemp(join(folder, 'links-'));
      await mkdir(join(root, 'b'));
      await writeFile(join(root, 'b/guide.md'), '# Guide');
    });

    afterEach(() => rm(root, { recursive: true }));

    const find = async () => {
      const { files, faults } = await findFiles(root);
      return { ids: files.map(({ id }) => id.slice(basename(root).length + 1)), faults };
    };

    it('are read like others', async () => {
      await symlink('b/guide.md', join(root, 'a.md'));
      await symlink('b/guide.md', join(root, '.hidden.md'));
      expect(await find()).toEqual({ ids: ['a.md', 'b/guide.md'], faults: [] });
    });

    it('are found once in linked folders, under the name of the link', async () => {
      await symlink('b', join(root, 'a'));
      await symlink('..', join(root, 'b/up'));
      await symlink(join(folder, 'b'), join(root, 'c'));
      await symlink(join(folder, 'b'), join(root, 'd'));
      const { ids, faults } = await find();
      expect(ids).toContain('b/guide.md');
      expect(ids.filter((id) => id.endsWith('guide.MD'))).toHaveLength(1);
      expect(ids.filter((id) => id.endsWith('guide.md'))).toHaveLength(1);
      expect(faults).toEqual([]);
    });

    it('are reported when the link is dangling, and the others are found', async () => {
      await symlink('gone', join(root, 'a'));
      await symlink('round.md', join(root, 'round.md'));
      const { ids, faults } = await find();
      expect(ids).toEqual(['b/guide.md']);
      expect(faults.sort()).toEqual([
        `${join(root, 'a')}: cannot be read (ENOENT)`,
        `${join(root, 'round.md')}: cannot be read (ELOOP)`,
      ]);
    });
  });

  it('are reported when their folder cannot be read', async () => {
    // A path beyond the system's limit is refused to everybody, also to root.
    const root = await mkdtemp(join(folder, 'deep-'));
    await writeFile(join(root, 'guide.md'), '# Guide');
    const name = 'n'.repeat(200);
    const deep = join(
      root,
      'a',
      ...Array.from({ length: Math.floor((4_080 - root.length) / 101) }, () => 'f'.repeat(100)),
    );
    await mkdir(deep, { recursive: true });
    await rename(join(root, 'a'), join(root, name));
    try {
      const { files, faults } = await findFiles(root);
      expect(files.map(({ id }) => id)).toEqual([`${basename(root)}/guide.md`]);
      expect(faults).toEqual([expect.stringMatching(/: cannot be read \(ENAMETOOLONG\)$/)]);
    } finally {
      await rename(join(root, name), join(root, 'a'));
    }
  });

  it('are refused below a path that is not a folder', async () => {
    expect(await findFiles('/dev/null')).toEqual({
      files: [],
      passedOver: new Map(),
      faults: ['/dev/null: cannot be read (ENOTDIR)'],
    });
  });
});
