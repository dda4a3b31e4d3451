import { send } from './client.ts';
import { Corpus } from './corpus.ts';
import { toTable, writeReport } from './report.ts';
import { interruption, makeTemporaryFolder, startService } from './service-process.ts';

const CHARACTERS = 5_000_000;
/** The unified ideographs of Chinese that are used. */
const FIRST_IDEOGRAPH = 0x4e00;
const IDEOGRAPHS = 3_000;

interface Stored {
  documents?: { chunks: number; embedding: string }[];
}

/** Texts of which each is hard in a way of its own. */
const kinds: [name: string, format: string, text: () => string][] = [
  ['made-up prose', 'text', () => new Corpus(4_000).documents.map(({ text }) => text).join('\n\n')],
  ['Chinese characters in random order', 'text', () => characters(CHARACTERS / 3)],
  [
    'a million words, none twice',
    'text',
    () => Array.from({ length: 1_000_000 }, (_, n) => `w${n.toString(36)}`).join(' '),
  ],
  ['one word', 'text', () => 'abcdefghij'.repeat(CHARACTERS / 10)],
  [
    'a page of one long table',
    'html',
    () => `<table>${repeat('<tr><td>cell</td><td>next</td></tr>')}</table>`,
  ],
  ['Markdown of links alone', 'markdown', () => repeat('[a](b) ')],
];

function repeat(text: string): string {
  return text.repeat(CHARACTERS / text.length);
}

/** Random by a linear congruential generator (Numerical Recipes, 32 bits), always the same. */
function characters(count: number): string {
  let seed = 1;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(FIRST_IDEOGRAPH + Math.floor((seed / 2 ** 32) * IDEOGRAPHS));
  }).join('');
}

const signal = interruption();
await using folder = await makeTemporaryFolder();
const env = { DATA_DIR: folder.path, SEED_DOCS: 'false', EMBEDDING_TARGETS: 'local://hashing' };
await using service = await startService(env, signal);
const lines: string[][] = [];
for (const [id, format, text] of kinds) lines.push([id, ...(await measure(id, format, text()))]);
const head = [
  '5 MB of',
  'Answer',
  'Chunks',
  'Stored in',
  'Questions, 503s',
  'Longest wait of a question',
  'Deleted in',
];
const note = `Each document is stored over \`POST /documents\` while one question after another is asked. Nothing else is stored, so that a
question gets a 503 when the database does not answer in time.`;
await writeReport(
  'Large documents, embedded',
  'npm run bench:documents',
  `${note}\n\n${toTable(head, lines)}`,
);

async function measure(id: string, format: string, text: string): Promise<string[]> {
  const stored = new AbortController();
  const waits: number[] = [];
  let unanswered = 0;
  const asking = (async () => {
    for (let index = 0; !stored.signal.aborted; index++) {
      const body = { query: `What is said of ${id} in part ${index}?` };
      const { status, ms } = await send(`${service.url}/query`, body, signal);
      if (status !== 200 && status !== 503) throw new Error(`POST /query gave ${status}`);
      if (status === 503) unanswered++;
      waits.push(ms);
    }
  })();
  const reply = await send<Stored>(
    `${service.url}/documents`,
    { documents: [{ id, format, text: text.slice(0, CHARACTERS) }] },
    signal,
  );
  stored.abort();
  await asking;
  const startedAt = performance.now();
  const gone = await fetch(`${service.url}/documents/${encodeURIComponent(id)}`, {
    method: 'DELETE',
    signal,
  });
  if (reply.status === 200 && gone.status !== 204) throw new Error(`DELETE gave ${gone.status}`);
  return [
    String(reply.status),
    String(reply.body.documents?.[0]?.chunks ?? ''),
    showSeconds(reply.ms),
    `${waits.length}, ${unanswered}`,
    showSeconds(Math.max(...waits)),
    reply.status === 200 ? showSeconds(performance.now() - startedAt) : '',
  ];
}

function showSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
