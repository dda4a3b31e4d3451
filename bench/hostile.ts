import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { send } from './client.ts';
import { chooseDatabase } from './database-choice.ts';
import { toTable } from './report.ts';
import { interruption, startService } from './service-process.ts';

interface Reply {
  error?: string;
  message?: string;
  details?: unknown[];
  text?: string;
}

/** One way to send a text. */
interface Way {
  name: string;
  path: string;
  body(text: string, index: number): object;
}

const document = (format: string): Way => ({
  name: `document (${format})`,
  path: '/documents',
  body: (text, index) => ({ documents: [{ id: `${format}-${index}`, text, format }] }),
});
const questions: Way[] = [
  { name: 'question', path: '/query', body: (query) => ({ query }) },
  { name: 'search', path: '/search', body: (query) => ({ query }) },
  {
    name: 'filter',
    path: '/search',
    body: (text) => ({ query: 'What?', filter: { a: text.slice(0, 1_000) } }),
  },
];
const ways = [
  ...questions.map((way) => ({ ...way, name: `${way.name}, no documents` })),
  ...['markdown', 'text', 'html'].map(document),
  ...questions,
];
/** No single text of a few thousand characters may take longer, on a busy machine either. */
const LIMIT_MS = 5_000;

const { values } = parseArgs({ options: { data: { type: 'string' }, database: { type: 'string' } } });
if (values.data === undefined) {
  process.stderr.write(
    'usage: npm run eval:hostile -- --data FOLDER (with queries.jsonl) [--database URL]\n',
  );
  process.exit(2);
}
if (values.database !== undefined) process.env['TEST_DATABASE_URL'] = values.database;
const lines = (await readFile(join(values.data, 'queries.jsonl'), 'utf8')).split('\n').filter(Boolean);
const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
const signal = interruption();
await using database = await chooseDatabase();
await using service = await startService({ ...database.env, SEED_DOCS: 'false' }, signal);
const faults: string[] = [];
const rows: string[][] = [];
for (const way of ways) rows.push(await sendAll(way));

process.stdout.write(`${toTable(['sent as', 'taken', 'refused', 'slowest'], rows)}\n`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;

async function sendAll({ name, path, body }: Way): Promise<string[]> {
  let taken = 0;
  let slowest = 0;
  for (const [index, text] of texts.entries()) {
    const { status, body: reply, ms } = await send<Reply>(`${service.url}${path}`, body(text, index), signal);
    slowest = Math.max(slowest, ms);
    const isClear = status === 400 && reply.error === 'invalid_request' && (reply.details?.length ?? 0) > 0;
    if (status === 200) taken++;
    else if (!isClear) faults.push(`${name}, line ${index + 1}: status ${status}`);
    if (ms > LIMIT_MS) faults.push(`${name}, line ${index + 1}: took ${Math.round(ms)} ms`);
    if (status === 200 && path === '/documents') await expectStored(name, index, text);
  }
  return [name, String(taken), String(texts.length - taken), `${Math.round(slowest)} ms`];
}

async function expectStored(name: string, index: number, text: string): Promise<void> {
  const format = /\((.*)\)/.exec(name)?.[1];
  const stored = await send<Reply>(`${service.url}/documents/${format}-${index}`, undefined, signal);
  if (stored.body.text !== text) faults.push(`${name}, line ${index + 1}: is stored otherwise`);
}
