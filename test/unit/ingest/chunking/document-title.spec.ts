import { readProperties } from '../../../../src/ingest/chunking/chunking.ts';

describe('the title of a document', () => {
  it.each([
    ['text\n\n# The `title` ##\n\n# Other', 'The title'],
    ['```\n# comment\n```\n\nTitle\n===', 'Title'],
    ['<h1 align="center"><img src="l.png">Project</h1>\n\ntext', 'Project'],
    ['---\na: b\n---\n### Begins so\n\ntext', 'Begins so'],
    ['text\n\n## Section', null],
    ['', null],
  ])('finds the title of %j', (text, title) => {
    expect(readProperties({ text, format: 'markdown' }).title).toBe(title);
  });

  it('finds the title of an HTML page, and none in plain text', () => {
    expect(readProperties({ text: '<title>Page</title>', format: 'html' }).title).toBe('Page');
    expect(readProperties({ text: '# x', format: 'text' }).title).toBeNull();
  });
});
