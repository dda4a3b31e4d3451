import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { answerFromPassage, type FakeMessage } from '../test/support/fakes/fake-hugging-face-replies.ts';
import type { Turn } from '../src/models/generation.ts';
import type { Condensed } from '../src/query/answer/answer.ts';
import { ingest, send, type AnswerBody } from './client.ts';
import { readConversations, readDataSet, type DataConversation, type DataSet } from './data-set.ts';
import { percentile, rankDocuments } from '../src/cli/ranking.ts';
import { toTable } from './report.ts';
import { interruption, makeTemporaryFolder, startService } from './service-process.ts';

/** What the model does when it is to rewrite the last question. */
const MODELS = ['up', 'slow', 'down'] as const;
type Model = (typeof MODELS)[number];

const DEPTH = 5;
const BATCH = 40;
const HEAD = [
  'Set',
  'Model',
  'Recall@5, as asked',
  'Recall@5, condensed',
  'By model',
  'By rule',
  'Left',
  'Answer, p50',
  'Answer, max',
];

/** What was searched for, and how long the answer took. */
interface Asked {
  condensed: Condensed;
  ms: number;
}

/**
 * A service with a model that rewrites as the set says. The questions before the last one of each conversation are asked while
 * the model is up, and the last ones in the given state of the model.
 */
async function askFollowUps(
  { documents }: DataSet,
  conversations: readonly DataConversation[],
  state: Model,
  signal: AbortSignal,
): Promise<{ asked: Asked[]; recall: { none: number; condensed: number } }> {
  await using stack = new AsyncDisposableStack();
  const dataDir = stack.use(await makeTemporaryFolder());
  const rewrites = new Map(conversations.map(({ text, rewrite }) => [text, rewrite]));
  const answer = (messages: FakeMessage[]) => {
    const question = /\nLast question: (.*)$/.exec(messages.at(-1)?.content ?? '')?.[1];
    return question === undefined ? answerFromPassage(messages) : (rewrites.get(question) ?? question);
  };
  const model = await new FakeHuggingFace({ keepAlive: true, answer }).start();
  stack.defer(() => model.stop());
  const env = {
    DATA_DIR: dataDir.path,
    GENERATION_TARGETS: `${model.url}/v1?model=fake`,
    SEED_DOCS: 'false',
    LOG_LEVEL: 'silent',
  };
  const service = stack.use(await startService(env, signal));
  for (let from = 0; from < documents.length; from += BATCH)
    await ingest(service.url, documents.slice(from, from + BATCH), signal);

  const ask = async (messages: Turn[]) => {
    const reply = await send<AnswerBody>(`${service.url}/query`, { messages }, signal);
    if (reply.status !== 200) throw new Error(`POST /query gave ${reply.status}`);
    return reply;
  };
  const histories = new Map<DataConversation, Turn[]>();
  for (const conversation of conversations) {
    const history: Turn[] = [];
    for (const content of conversation.before) {
      history.push({ role: 'user', content });
      history.push({ role: 'assistant', content: (await ask(history)).body.answer });
    }
    histories.set(conversation, history);
  }
  if (state === 'down') await model.stop();
  if (state === 'slow') model.fail('chat', { kind: 'black_hole', unless: (body) => !isRewriting(body) });

  const find = async (query: string, { qrels }: DataConversation) => {
    const { body } = await send<{ results: { document_id: string }[] }>(
      `${service.url}/search`,
      { query, top_k: DEPTH },
      signal,
    );
    const found = new Set(rankDocuments(body.results));
    const wanted = Object.keys(qrels);
    return wanted.filter((id) => found.has(id)).length / wanted.length;
  };
  const asked: Asked[] = [];
  const recall = { none: 0, condensed: 0 };
  for (const conversation of conversations) {
    const { text } = conversation;
    const history = histories.get(conversation) ?? [];
    const { body, ms } = await ask([...history, { role: 'user', content: text }]);
    const condensed = body.metadata?.condensed;
    if (!condensed) throw new Error('the answer does not tell what was searched for');
    asked.push({ condensed, ms });
    recall.none += (await find(text, conversation)) / conversations.length;
    recall.condensed += (await find(condensed.question, conversation)) / conversations.length;
  }
  return { asked, recall };
}

function isRewriting({ messages }: Record<string, unknown>): boolean {
  return (messages as FakeMessage[]).at(-1)?.content.includes('\nLast question: ') === true;
}

function showRow(name: string, state: Model, { asked, recall }: Awaited<ReturnType<typeof askFollowUps>>) {
  const times = asked.map(({ ms }) => ms);
  const count = (who: Condensed['by']) => asked.filter(({ condensed }) => condensed.by === who).length;
  return [
    name,
    state,
    recall.none.toFixed(2),
    recall.condensed.toFixed(2),
    String(count('model')),
    String(count('rule')),
    String(count('none')),
    showMs(percentile(times, 0.5)),
    showMs(Math.max(...times)),
  ];
}

const { values } = parseArgs({ options: { data: { type: 'string', multiple: true } } });
if (values.data === undefined) {
  process.stderr.write('usage: npm run eval:conversations -- --data FOLDER [--data FOLDER…]\n');
  process.exitCode = 2;
} else {
  const signal = interruption();
  const lines: string[][] = [];
  for (const folder of values.data) {
    const [set, conversations] = await Promise.all([readDataSet(folder), readConversations(folder)]);
    for (const state of MODELS) {
      const result = await askFollowUps(set, conversations, state, signal);
      lines.push(showRow(basename(resolve(folder)), state, result));
    }
  }
  process.stdout.write(`${toTable(HEAD, lines)}\n`);
}

function showMs(ms: number): string {
  return `${ms.toFixed(0)} ms`;
}
