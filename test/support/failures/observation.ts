import type { AnswerMetadata } from '../../../src/query/answer/answer.ts';
import { askModel, openAiClient, streamModel, type ChatRequest } from '../protocols/openai-client.ts';
import { EventReader, namesOf } from '../service/event-reader.ts';
import type { Service } from '../service/service.ts';
import { APIError } from 'openai';
import type { Failure } from './failure-table.ts';

/** Whether another model can answer. */
export type Situation = 'another model answers' | 'no model is left';

export const BACKUP = 'backup';

const ANSWER = "the model's answer";
const OTHER = "the other model's answer";
const PART = 'what came of the answer';
const LADDER = 'the ladder’s answer';
const BROKEN = 'a part, then the error `answer_interrupted`';

/** A row of the page: what the callers of each way see. */
type Seen = readonly string[];

/** The ways to ask, as the heads of their columns. */
export const WAYS: Record<string, (service: Service, question: string) => Promise<string>> = {
  '`POST /query`': async (service, question) => sourceOf((await service.query(question)).body.metadata),
  'its stream': async (service, question) => {
    const reader = await EventReader.ask(service, { query: question });
    return namesOf(await reader.rest()).join(', ');
  },
  '`/v1`': (service, question) => complete(service, question),
  'stream of `failsoft`': (service, question) => stream(service, question, 'failsoft'),
  'stream of `failsoft/whole`': (service, question) => stream(service, question, 'failsoft/whole'),
  'degraded refused': (service, question) =>
    complete(service, question, { failsoft: { degraded: 'refuse' } }),
};

const finished = (source: string, reason: string) => `${source}, \`${reason}\``;
const alike = (source: string, reason: string, refused = finished(source, reason)) => {
  const text = finished(source, reason);
  return { text, whole: [text, refused] };
};
const other = alike(OTHER, 'stop');
const ladder = alike(LADDER, 'stop', '503 `service_unavailable`');
const declined = alike(LADDER, 'content_filter', '400 `content_filter`');
const cut = alike(PART, 'length');
const well = alike(ANSWER, 'stop');

/** What callers see, by how the call ended and by what is left. The keys are the heads of the rows. */
export const SEEN = {
  'before the text; another model answers': [
    OTHER,
    'sources, notice, token, done',
    other.text,
    other.text,
    ...other.whole,
  ],
  'midway; another model answers': [
    OTHER,
    'sources, token, reset, sources, notice, token, done',
    other.text,
    BROKEN,
    ...other.whole,
  ],
  'before the text; no model is left': [
    LADDER,
    'sources, notice, token, done',
    ladder.text,
    ladder.text,
    ...ladder.whole,
  ],
  'midway; no model is left': [
    LADDER,
    'sources, token, reset, sources, notice, token, done',
    ladder.text,
    BROKEN,
    ...ladder.whole,
  ],
  'the question is declined': [
    LADDER,
    'sources, notice, token, done',
    declined.text,
    declined.text,
    ...declined.whole,
  ],
  'the answer is cut at its limit': [PART, 'sources, token, done', cut.text, cut.text, ...cut.whole],
  'the answer is whole': [ANSWER, 'sources, token, done', well.text, well.text, ...well.whole],
} satisfies Record<string, Seen>;

/** The row of `SEEN` that a failure leads to. */
export function rowOf({ ending, next }: Failure, situation: Situation): keyof typeof SEEN {
  if (ending === 'answered') return 'the answer is whole';
  if (ending === 'cut_short') return 'the answer is cut at its limit';
  if (ending === 'refused' && !(next && situation === 'another model answers'))
    return 'the question is declined';
  return `${ending === 'midway' ? ending : 'before the text'}; ${situation}`;
}

function sourceOf({ from_fallback, finish_reason, target }: AnswerMetadata): string {
  if (from_fallback) return LADDER;
  if (finish_reason === 'length') return PART;
  return target === BACKUP ? OTHER : ANSWER;
}

async function complete(service: Service, question: string, more: ChatRequest = {}): Promise<string> {
  try {
    const { completion } = await askModel(openAiClient(service), question, more);
    return finished(sourceOf(completion.failsoft), completion.choices[0]?.finish_reason ?? 'none');
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return `${error.status} \`${error.code}\``;
  }
}

async function stream(service: Service, question: string, model: string): Promise<string> {
  const { chunks, text, error } = await streamModel(openAiClient(service), question, { model });
  if (error) return `${text === '' ? 'nothing' : 'a part'}, then the error \`${error.code}\``;
  const last = chunks.at(-1);
  if (!last) return 'nothing';
  return finished(sourceOf(last.failsoft), last.choices[0]?.finish_reason ?? 'none');
}
