import {
  chunkDocument,
  readProperties,
  type SourceDocument,
} from '../../../../src/ingest/chunking/chunking.ts';

function read(text: string, format: SourceDocument['format'] = 'markdown') {
  const { title, fields } = readProperties({ text, format });
  return {
    title,
    fields,
    text: [...chunkDocument({ title, text, format })].map((chunk) => chunk.text).join('\n'),
  };
}

describe('front matter', () => {
  const fields = { description: 'About fuses', tags: ['power', 'safety'] };
  const yaml =
    '---\ntitle: "Fuses: a guide"\ndescription: About fuses\ntags: [power, safety]\n---\n\nA fuse melts.\n';

  it.each([
    ['YAML', yaml],
    ['YAML after a byte order mark', `\uFEFF${yaml}`],
    ['YAML with other line ends', yaml.replaceAll('\n', '\r\n')],
    ['YAML after a comment', `<!-- vale off -->\n\n${yaml}`],
    ['YAML after a comment of MDX', `{/* vale off */}\n\n${yaml}`],
    ['YAML with a comment behind its first rule', yaml.replace('\n', ' # vale off\n')],
    ['YAML after a comment that ends as HTML 5 allows', `<!-- vale off --!>\n\n${yaml}`],
    ['YAML that begins with a comment', yaml.replace('\n', '\n# Keep the title short.\n')],
    [
      'YAML over several lines',
      '---\ntitle: >-\n  Fuses:\n  a guide\ndescription: |-\n  About fuses\ntags:\n  - power\n  - safety\n...\nA fuse melts.',
    ],
    [
      'TOML',
      '+++\ntitle = "Fuses: a guide"\ndescription = "About fuses"\ntags = ["power", "safety"]\n+++\nA fuse melts.',
    ],
    [
      'JSON',
      '{\n  "title": "Fuses: a guide",\n  "description": "About fuses",\n  "tags": ["power", "safety"]\n}\n\nA fuse melts.',
    ],
  ])('gives the title and fields, and is no text: %s', (_, text) => {
    expect(read(text)).toEqual({ title: 'Fuses: a guide', fields, text: 'A fuse melts.' });
  });

  it('is read where it is no valid YAML', () => {
    const text = '---\ntitle: Fuses: a guide\nlayout: {{ page }}\n---\nA fuse melts.';
    expect(read(text)).toMatchObject({ title: 'Fuses: a guide', text: 'A fuse melts.' });
  });

  it('is read as plain fields that begin with a title', () => {
    const text = 'Title: Fuses: a guide\nAuthor: Ann\n\nA fuse melts.';
    expect(read(text)).toEqual({ title: 'Fuses: a guide', fields: { Author: 'Ann' }, text: 'A fuse melts.' });
  });

  it('is read before a page', () => {
    expect(read('---\ntitle: Fuses\nlayout: page\n---\n<p>A fuse melts.</p>', 'html')).toEqual({
      title: 'Fuses',
      fields: { layout: 'page' },
      text: 'A fuse melts.',
    });
  });

  it.each([
    ['YAML', '---\ntitle: "a\\0b"\nby: "\\0c"\n---\nText', 'ab'],
    ['TOML', '+++\ntitle = "a\\u0000b"\nby = "c"\n+++\nText', 'ab'],
    ['JSON', '{\n"title": "a\\u0000\\ud800b",\n"by": "c"\n}\nText', 'a\ufffdb'],
  ])('has no text that cannot be stored, whatever its escapes name in %s', (_, text, title) => {
    expect(read(text)).toEqual({ title, fields: { by: 'c' }, text: 'Text' });
    expect(read(text.replace('Text', '').replace('title', 'description')).text).toBe(title);
  });

  it('has no field that is the prototype of objects', () => {
    expect(Object.keys(read('---\n__proto__: {a: b}\nc: d\n---\nText').fields)).toEqual(['c']);
  });

  it('gives dates as texts', () => {
    expect(read('+++\ndate = 2026-01-31\n+++\nText').fields).toEqual({ date: '2026-01-31' });
    expect(read('---\ndate: 2026-01-31\n---\nText').fields).toEqual({ date: '2026-01-31' });
  });

  it.each([
    ['rules around a sentence', '---\n\nMind this: a fuse melts.\n\n---\n\nText'],
    ['a list', '---\n- a\n- b\n---\nText'],
    ['an unfinished block', '---\ntitle: x\n\nText'],
    ['a JSON value that is not closed', '{\n  "title": "x"\n\nText'],
    ['an ordinary beginning', 'Title: x\nand more of the sentence.'],
    ['plain text', 'Title of it: x\n\nText'],
  ])('is not seen in %s', (_, text) => {
    const { fields: none, text: kept } = read(text);
    expect(none).toEqual({});
    for (const word of text.match(/[A-Za-z]+/g) ?? []) expect(kept).toContain(word);
  });

  it('costs no more than its length allows when it repeats aliases', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, level) => `a${level}: &a${level} [${`*a${level - 1},`.repeat(level && 9)}]`,
    );
    expect(read(`---\n${bomb.join('\n')}\n---\nText`).text).toContain('Text');
  });
});
