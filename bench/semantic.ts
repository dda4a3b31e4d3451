import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { ask, ingest, send, type AnswerBody } from './client.ts';
import { readDataSet, type DataQuestion, type DataSet } from './data-set.ts';
import { changedBy, embed, judgePairs, judgeRewordings, meansTheSame, share } from './likeness.ts';
import { toTable } from './report.ts';
import { paraphrases, rewordings } from './rewrites.ts';
import { interruption, makeTemporaryFolder, startService } from './service-process.ts';

const BATCH = 40;
const POLL_MS = 50;

/**
 * The service itself, with a fake server of embeddings that gives the in-process vectors, so that the service takes them for
 * learnt ones. Every second question is asked while the model is up, then the others, and rewritten ones, while it is refused.
 */
async function askService({ documents, questions }: DataSet, signal: AbortSignal): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const dataDir = stack.use(await makeTemporaryFolder());
  const rewrites = { ...rewordings, ...paraphrases };
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const embedder = await new FakeHuggingFace({
    keepAlive: true,
    embed: async (text) => (await embed([text], signal))[0] ?? [],
  }).start();
  stack.defer(() => embedder.stop());
  const env = {
    DATA_DIR: dataDir.path,
    GENERATION_TARGETS: `${model.url}/v1?model=fake`,
    EMBEDDING_TARGETS: `${embedder.url}?api=openai&model=fake-embed`,
    LOG_LEVEL: 'silent',
  };
  await using service = await startService(env, signal);
  for (let from = 0; from < documents.length; from += BATCH)
    await ingest(service.url, documents.slice(from, from + BATCH), signal);
  const known = questions.filter((_, index) => index % 2 === 0);
  const others = questions.filter((_, index) => index % 2 === 1);
  for (const { text } of known) await ask(service.url, text, signal);
  await model.stop();
  const match = async (query: string) => {
    const { status, body } = await send<AnswerBody>(`${service.url}/query`, { query }, signal);
    return status === 200 ? (body.metadata?.matched_question ?? undefined) : undefined;
  };
  const last = known.at(-1)?.text ?? '';
  // Answers are kept in their order, and nobody waits for it.
  while ((await match(last.toUpperCase())) === undefined) await sleep(POLL_MS, undefined, { signal });

  const lines = [['another question', ...(await count(others, (text) => text, match, known))]];
  for (const [name, rewrite] of Object.entries(rewrites))
    lines.push([name, ...(await count(changedBy(rewrite, known), rewrite, match, known))]);
  const head = ['Asked while the model is refused', 'Questions', 'Answered with an earlier one', 'Wrongly'];
  return [`${known.length} answered questions are kept.`, '', toTable(head, lines)];
}

async function count(
  asked: DataQuestion[],
  rewrite: (text: string) => string,
  match: (text: string) => Promise<string | undefined>,
  known: DataQuestion[],
): Promise<string[]> {
  let found = 0;
  let wrong = 0;
  for (const question of asked) {
    const matched = await match(rewrite(question.text));
    if (matched === undefined) continue;
    found++;
    const earlier = known.filter(({ text }) => text === matched);
    if (!earlier.some((candidate) => meansTheSame(question, candidate))) wrong++;
  }
  return [String(asked.length), `${found} (${share(found, asked.length)})`, String(wrong)];
}

const { values } = parseArgs({ options: { data: { type: 'string', multiple: true } } });
if (values.data === undefined) {
  process.stderr.write('usage: npm run bench:semantic -- --data FOLDER [--data FOLDER…]\n');
  process.exitCode = 2;
} else {
  const signal = interruption();
  for (const folder of values.data) {
    const data = await readDataSet(folder);
    process.stdout.write(`\n### ${folder.split('/').filter(Boolean).at(-1)}\n`);
    for (const judge of [judgePairs, judgeRewordings, askService])
      process.stdout.write(`\n${(await judge(data, signal)).join('\n')}\n`);
  }
}
