import { documentTitle } from '../../../../src/ingest/chunking/chunking.ts';

describe('documentTitle', () => {
  it.each([
    ['text\n\n# The `title` ##\n\n# Other', 'The title'],
    ['```\n# comment\n```\n\nTitle\n===', 'Title'],
    ['<h1 align="center"><img src="l.png">Project</h1>\n\ntext', 'Project'],
    ['---\na: b\n---\n### Begins so\n\ntext', 'Begins so'],
    ['text\n\n## Section', null],
    ['', null],
  ])('finds the title of %j', (text, title) => {
    expect(documentTitle({ text, format: 'markdown' })).toBe(title);
  });

  it('finds the title of an HTML page, and none in plain text', () => {
    expect(documentTitle({ text: '<title>Page</title>', format: 'html' })).toBe('Page');
    expect(documentTitle({ text: '# x', format: 'text' })).toBeNull();
  });
});
