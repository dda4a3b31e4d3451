import type { DocumentBody } from '../client.ts';
import type { Case, CaseGroup } from './case.ts';
import { ingestFolder } from './command-line.ts';
import { RunningService } from './running-service.ts';

interface Found {
  results: { document_id: string; title: string | null; text: string }[];
}

/** A document, searched for, whose passages are judged. */
function reads(
  name: string,
  expected: string,
  document: Omit<DocumentBody, 'id'>,
  question: string,
  isExpected: (passages: string, found: Found['results']) => boolean,
): Case {
  return {
    name,
    expected,
    async run(signal) {
      await using service = await RunningService.start({}, signal, [{ id: 'd', ...document }]);
      const { body } = await service.send<Found>('/search', { query: question, top_k: 100 });
      const passages = body.results.map((result) => result.text).join('\n');
      const title = body.results[0]?.title;
      const shown = JSON.stringify(passages.slice(0, 120));
      return {
        text: `${body.results.length} passages, title ${title}: ${shown}`,
        isExpected: isExpected(passages, body.results),
      };
    },
  };
}

const PICTURE = Buffer.alloc(60_000, 'picture').toString('base64');
const CONTENT = 'The upload limit is 5 MB. It counts for every file that is sent, whatever its kind may be. ';
const hasNoPicture = (passages: string) => !/[A-Za-z0-9+/]{200}/.test(passages) && passages.includes('5 MB');

/** The command line over a folder. */
const folder: Case = {
  name: 'A folder of .mdx files beside node_modules and pictures',
  expected: 'the pages are stored, node_modules is left out, and what was passed over is counted by kind',
  async run(signal) {
    const pages = Array.from({ length: 12 }, (_, n) => [`docs/page-${n}.mdx`, `# Page ${n}\n\n${CONTENT}\n`]);
    await using service = await RunningService.start({}, signal, []);
    const { exitCode, shown } = await ingestFolder(
      {
        ...Object.fromEntries(pages),
        'docs/logo.png': 'png',
        'docs/other.png': 'png',
        'node_modules/a/README.md': '# A\n\nA library.',
      },
      ['--url', service.url],
      signal,
    );
    const isExpected = exitCode === 0 && /12 created/.test(shown) && /2 .*png|png.*2/.test(shown);
    return { text: `exit ${exitCode}: ${shown.slice(-200)}`, isExpected };
  },
};

/** Documents as tools write them. */
export const documents: CaseGroup = {
  title: 'Documents',
  cases: [
    reads(
      'Markdown with a picture as data behind a reference',
      'no passage holds picture data',
      {
        text: `# Limits\n\n![][image1]\n\n${CONTENT}\n\n[image1]: <data:image/png;base64,${PICTURE}>\n`,
        format: 'markdown',
      },
      'What is the upload limit?',
      hasNoPicture,
    ),
    reads(
      'Markdown with a picture as data in its place, and one in HTML',
      'no passage holds picture data',
      {
        text: `# Limits\n\n![A chart](data:image/png;base64,${PICTURE})\n\n<img src="data:image/png;base64,${PICTURE}" alt="x">\n\n${CONTENT}\n`,
        format: 'markdown',
      },
      'What is the upload limit?',
      hasNoPicture,
    ),
    reads(
      'HTML with pictures as data in src, srcset, style and an SVG',
      'no passage holds picture data',
      {
        text: `<h1>Limits</h1><img alt="Figure [2]" src="data:image/png;base64,${PICTURE}" srcset="data:image/png;base64,${PICTURE} 2x"><div style="background:url(data:image/png;base64,${PICTURE})"><p>${CONTENT}</p></div><svg><image href="data:image/png;base64,${PICTURE}"/></svg>`,
        format: 'html',
      },
      'What is the upload limit?',
      hasNoPicture,
    ),
    reads(
      'HTML about HTML',
      'the tag that it is about stays',
      { text: '<h1>Pictures</h1><p>Use the &lt;img&gt; tag for pictures.</p>', format: 'html' },
      'Which tag is for pictures?',
      (passages) => passages.includes('<img>'),
    ),
    reads(
      'Plain text about a tag',
      'the tag that it is about stays',
      { text: 'Use the <iframe> tag for pages in pages.', format: 'text' },
      'Which tag is for pages in pages?',
      (passages) => passages.includes('<iframe>'),
    ),
    ...[
      ['YAML', `---\ntitle: Quotas of files\ntags: [a, b]\n---\n\n${CONTENT}`],
      ['YAML after a comment', `<!-- generated -->\n---\ntitle: "Quotas of files"\n---\n\n${CONTENT}`],
      ['TOML', `+++\ntitle = "Quotas of files"\nweight = 3\n+++\n\n${CONTENT}`],
    ].map(([kind = '', page = '']) =>
      reads(
        `A page whose title stands in its front matter alone (${kind})`,
        'the title is found, and the front matter is no text',
        { text: page, format: 'markdown' },
        'Quotas of files',
        (passages, found) =>
          found[0]?.title === 'Quotas of files' &&
          !/---|\+\+\+|weight|tags/.test(passages) &&
          passages.includes('5 MB'),
      ),
    ),
    reads(
      'A teaser in <article> beside the content',
      'the content is found',
      {
        text: `<body><article><p>Read our news about limits.</p></article><div><h1>Limits</h1>${`<p>${CONTENT}</p>`.repeat(6)}</div></body>`,
        format: 'html',
      },
      'What is the upload limit?',
      (passages) => passages.includes('5 MB'),
    ),
    reads(
      'An empty <main>',
      'the content is found',
      { text: `<body><main></main><div><h1>Limits</h1><p>${CONTENT}</p></div></body>`, format: 'html' },
      'What is the upload limit?',
      (passages) => passages.includes('5 MB'),
    ),
    reads(
      'A cookie dialog, hidden parts, options and navigation around the content',
      'none of them is text',
      {
        text: `<body><div role="dialog"><p>We use cookies.</p></div><div role="navigation"><a href="/a">All pages</a></div><p hidden>Secret draft.</p><p aria-hidden="true">Decoration.</p><select><option>Deutsch</option></select><div role="main"><h1>Limits</h1><p>${CONTENT}</p></div></body>`,
        format: 'html',
      },
      'What is the upload limit?',
      (passages) =>
        passages.includes('5 MB') && !/cookies|Secret|Decoration|Deutsch|All pages/.test(passages),
    ),
    folder,
  ],
};
