import { AnswerView, type AnswerResponse, type Screen } from '../../../src/cli/answer-view.ts';
import { plainMetadata } from '../../../src/query/answer/answer.ts';

const CSI = '\u001b[';

/** What was written to an output of that size. */
function open(size: Partial<Screen> = {}) {
  let written = '';
  const view = new AnswerView({ ...size, write: (text: string) => (written += text) });
  const take = () => {
    const text = written;
    written = '';
    return text;
  };
  return { view, take };
}

const terminal = { isTTY: true, columns: 10, rows: 5 };
const response = (more: Partial<AnswerResponse> = {}): AnswerResponse => ({
  answer: '',
  sources: [],
  metadata: { ...plainMetadata, request_id: '1', duration_ms: 1 },
  ...more,
});

describe('an answer on a terminal', () => {
  it.each([
    ['words', 0],
    ['ten column', 0],
    ['ten columns', 1],
    ['two\nlines', 1],
    ['\n\n', 2],
    ['a\tb\tc', 1],
    ['全角文字全角', 1],
    ['e\u0301'.repeat(10), 0],
  ])('takes back %j by going up %d lines', (text, rows) => {
    const { view, take } = open(terminal);
    for (const character of text) view.addText(character);
    expect(take()).toBe(text);
    view.drop('generation_timeout', 'huggingface_api');
    expect(take()).toBe(
      `${rows > 0 ? `${CSI}${rows}A` : ''}\r${CSI}J(huggingface_api broke off (generation_timeout))\n\n`,
    );
  });

  it('takes back a provisional answer with its notice', () => {
    const { view, take } = open({ ...terminal, columns: 80, rows: 40 });
    view.showNotice('Only excerpts.');
    view.addText('One\nTwo');
    take();
    view.drop('model_answered', 'backup');
    expect(take()).toBe(`${CSI}3A\r${CSI}J(backup answers after all)\n\n`);
  });

  it('says that text is dropped that has scrolled away', () => {
    const { view, take } = open(terminal);
    view.addText('1\n2\n3\n4\n5');
    take();
    view.drop('text_revised', 'backup');
    expect(take()).toBe(
      '\n\n[The text above is dropped: backup has revised it. The answer begins again.]\n\n',
    );
  });
});

describe('an answer', () => {
  it('ends with its passages, each on one line without what controls a terminal', () => {
    const { view, take } = open();
    view.addText('Yes [1].');
    const source = { number: 1, chunk_id: '1', excerpt: '', highlights: [], score: 1 };
    const sources = [
      { ...source, document_id: 'a.md', title: 'Red\u001b[31m\nblue', url: null, heading: 'Top > Part' },
      { ...source, number: 2, document_id: 'b', title: null, url: 'https://example.com/b', heading: null },
    ];
    view.finish(response({ sources }));
    expect(take()).toBe(
      'Yes [1].\n\nSources\n[1] Red[31m blue › Top › Part  a.md\n[2] https://example.com/b\n',
    );
  });

  it('shows a notice once, before the text or behind it', () => {
    const { view, take } = open();
    const metadata = { ...response().metadata!, notice: 'Cut off.' };
    view.addText('Yes');
    view.finish(response({ metadata }));
    expect(take()).toBe('Yes\n\nCut off.\n');
    const early = open();
    early.view.showNotice('Cut off.');
    early.view.addText('Yes');
    early.view.finish(response({ metadata }));
    expect(early.take()).toBe('Cut off.\n\nYes\n');
  });
});
