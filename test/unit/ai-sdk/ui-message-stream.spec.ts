import { toUiMessageStream } from '../../../src/ai-sdk/ui-message-stream.ts';
import { AppError } from '../../../src/http/app-error.ts';
import { plainMetadata, type Source } from '../../../src/query/answer/answer.ts';
import type { AnswerEvent } from '../../../src/query/answer-stream/answer-event.ts';

const source = (number: number): Source => ({
  number,
  document_id: `d${number}`,
  chunk_id: String(number),
  title: null,
  url: null,
  heading: null,
  excerpt: 'an excerpt',
  highlights: [],
  score: 0.5,
});
const sources = (...numbers: number[]): AnswerEvent => ({ type: 'sources', sources: numbers.map(source) });
const token: AnswerEvent = { type: 'token', text: 'word' };
const done: AnswerEvent = {
  type: 'done',
  answer: { answer: 'word', sources: [source(2)], metadata: plainMetadata },
};

async function* each<T>(items: T[], onEnd = () => {}): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    onEnd();
  }
}

/** The types of the chunks, those of sources with their ids. */
async function typesOf(events: AnswerEvent[], canReset: boolean): Promise<string[]> {
  let completed = 0;
  const context = {
    messageId: 'm',
    baseUrl: 'http://localhost',
    canReset,
    metadataOf: () => Promise.resolve(null),
    onComplete: () => completed++,
  };
  const sent = await Array.fromAsync(toUiMessageStream(each(events), context), ({ data }) => data);
  expect(sent.pop()).toBe('[DONE]');
  expect(completed).toBe(1);
  const chunks = sent as { type: string; sourceId?: string }[];
  return chunks.map(({ type, sourceId = '' }) => type + sourceId);
}

const END = ['text-end', 'finish-step', 'message-metadata', 'finish'];

describe('the UI message stream', () => {
  it('shows only the last sources to a client that takes nothing back', async () => {
    const types = await typesOf([sources(1), sources(2), token, done], false);
    expect(types).toEqual(['start', 'start-step', 'source-document2', 'text-start', 'text-delta', ...END]);
  });

  it('shows sources at once to a client that takes them back before others', async () => {
    const types = await typesOf([sources(1), sources(2), token, done], true);
    const shown = ['source-document1', 'reset-step', 'source-document2', 'text-start', 'text-delta'];
    expect(types).toEqual(['start', 'start-step', ...shown, ...END]);
  });

  it('begins a new text after a reset', async () => {
    const reset: AnswerEvent = { type: 'reset', reason: 'generation_failed', target: 'a' };
    const types = await typesOf([sources(1), token, reset, sources(1), token, token, done], true);
    expect(types.slice(2)).toEqual([
      'source-document1',
      'text-start',
      'text-delta',
      'reset-step',
      'source-document1',
      'text-start',
      'text-delta',
      'text-delta',
      ...END,
    ]);
  });

  it('closes the text before an error', async () => {
    const error: AnswerEvent = { type: 'error', error: new AppError('answer_interrupted') };
    const types = await typesOf([token, error], true);
    expect(types.slice(2)).toEqual(['text-start', 'text-delta', 'text-end', 'error']);
  });

  it('ends the events, and completes nothing, when its reader leaves', async () => {
    let ended = false;
    let completed = false;
    const events = each([sources(1), token, done], () => (ended = true));
    const stream = toUiMessageStream(events, {
      messageId: 'm',
      baseUrl: '',
      canReset: true,
      metadataOf: () => Promise.resolve(null),
      onComplete: () => (completed = true),
    });
    await stream.next();
    await stream.return(undefined);
    expect([ended, completed]).toEqual([true, false]);
  });
});
