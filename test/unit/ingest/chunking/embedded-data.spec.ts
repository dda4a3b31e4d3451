import { randomBytes } from 'node:crypto';
import type { SourceDocument } from '../../../../src/ingest/chunking/chunking.ts';
import { chunkText } from '../../../support/ingest/chunk-text.ts';

const data = randomBytes(3_000).toString('base64');
const wrapped = (data.match(/.{1,76}/g) ?? []).join('\n');
const picture = `data:image/png;base64,${data}`;
const drawing = `data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%3E${'%3Cpath/%3E'.repeat(20)}%3C/svg%3E`;

function read(text: string, format: SourceDocument['format'] = 'markdown'): string {
  return chunkText(text, undefined, format)
    .map((chunk) => chunk.text)
    .join('\n');
}

describe('data embedded in Markdown', () => {
  it.each([
    ['an image', `A ![fuse](${picture}) melts.`, 'A fuse melts.'],
    ['an image by reference', `A ![fuse][f] melts.\n\n[f]: <${picture}>`, 'A fuse melts.'],
    ['an image without a description', `A fuse melts. ![][f]\n\n[f]: ${picture} "Title"`, 'A fuse melts.'],
    ['an image whose description has brackets', `![Figure [2]](${picture})`, 'Figure [2]'],
    ['wrapped lines', `<img alt="A fuse" src="data:image/png;base64,${wrapped}">`, 'A fuse'],
    ['a tag within a line', `A <img src='${picture}' alt='fuse'> melts.`, 'A fuse melts.'],
    [
      'sources',
      `<picture><source srcset="${picture} 1x"><img alt="A fuse" src="${picture}"></picture>`,
      'A fuse',
    ],
    ['a style', `<p style="background: url(${picture})">A fuse</p>`, 'A fuse'],
    ['a style sheet', `<style>\na { background: url("${picture}") }\n</style>\n\nA fuse`, 'A fuse'],
    ['a drawing within a line', 'A <svg viewBox="0"><path d="M0"/></svg>fuse melts.', 'A fuse melts.'],
    ['an autolink', `A fuse melts. <${picture}>`, 'A fuse melts.'],
    ['a link', `A [fuse](${picture}) melts.`, 'A fuse melts.'],
    ['a bare address', `A fuse melts. ${picture}`, 'A fuse melts.'],
    ['a percent-encoded drawing', `A ![fuse](<${drawing}>) melts.`, 'A fuse melts.'],
    ['a line of base64', `A fuse melts.\n\n${data}`, 'A fuse melts.'],
    ['lines of base64', `A fuse melts.\n\n${wrapped}\n\nIt does.`, 'A fuse melts.\n\nIt does.'],
    [
      'base64 for URLs',
      `A fuse melts.\n\n${data.replaceAll('+', '-').replaceAll('/', '_')}`,
      'A fuse melts.',
    ],
    ['hexadecimal digits', `A fuse melts.\n\n${Buffer.from(data).toString('hex')}`, 'A fuse melts.'],
    ['an output of a notebook', `"image/png": "${data}\\n",`, '"image/png": "…\\n",'],
    [
      'code',
      `\`\`\`css\na { background: url(${picture}) }\n\`\`\``,
      '```css\na { background: url(data:image/png;base64,…) }\n```',
    ],
    [
      'quoted characters',
      `\`\`\`\n"data:image/svg+xml;utf8,<svg xmlns='x'>${'<a/>'.repeat(50)}</svg>"\n\`\`\``,
      '```\n"data:image/svg+xml;utf8,…"\n```',
    ],
    [
      'a certificate',
      `-----BEGIN CERTIFICATE-----\n${wrapped}\n-----END CERTIFICATE-----`,
      '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----',
    ],
  ])('is left out of %s', (_, markdown, expected) => {
    expect(read(markdown).replace(/ {2,}/g, ' ')).toBe(expected);
  });

  it('is kept where the text is about it, and so are long words and paths', () => {
    const text = `Write \`data:text/plain;base64,SGVsbG8=\` or data:,Hello. ${'ACGT'.repeat(100)} ${'/usr/Lib1'.repeat(40)}`;
    expect(read(text).replaceAll('\n', ' ')).toContain('data:text/plain;base64,SGVsbG8=');
    expect(read(text)).toContain('ACGTACGT');
    expect(read(text)).toContain('/usr/Lib1/usr');
  });
});

describe('data embedded in other formats', () => {
  it('is left out of a page', () => {
    const html = `<p>A <img alt="fuse" src="${picture}"> <a href="${picture}">melts</a>.</p><object data="${picture}"></object>
      <p style="background:url('${picture}')">It does.</p><p>${picture}</p><embed src="${picture}"><pre>${data}</pre>`;
    expect(read(html, 'html')).toBe('A fuse melts.\n\nIt does.\n\n```\n…\n```');
  });

  it('is left out of plain text', () => {
    expect(read(`A fuse <${picture}>\n\n${wrapped}\n\nmelts.`, 'text')).toBe('A fuse\n\nmelts.');
  });
});
