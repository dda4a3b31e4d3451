import type { Case, CaseGroup } from './case.ts';
import { QUESTIONS, RunningService, WELL } from './running-service.ts';
import { startScriptedServer, stream, streamChunks, type Scripted } from './scripted-server.ts';
import type { AnswerBody } from '../client.ts';

const [QUESTION = ''] = QUESTIONS;
const choice = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const END = choice({}, 'stop');

/** A model that answers in its own form; the service gives the answer alone. */
function reads(name: string, reply: Scripted, expected = WELL): Case {
  return judges(name, `the answer is “${expected}”`, reply, ({ answer }) => answer === expected);
}

/** The first answer to one question, judged. */
function judges(
  name: string,
  expected: string,
  reply: Scripted,
  isExpected: (answer: AnswerBody, again: AnswerBody) => boolean,
): Case {
  return {
    name,
    expected,
    async run(signal) {
      await using server = await startScriptedServer(() => reply);
      await using service = await RunningService.start(
        { GENERATION_TARGETS: `${server.url}/v1?model=m&name=model`, RETRY_MAX_ATTEMPTS: '1' },
        signal,
      );
      const [answer, again] = await service.ask(QUESTION, QUESTION);
      if (!answer || !again) throw new Error('there is no answer');
      const { metadata } = answer;
      const shown = metadata?.from_fallback ? `${metadata.fallback_source}` : answer.answer.slice(0, 80);
      const text = `${JSON.stringify(shown)}${metadata?.notice ? `, notice: ${metadata.notice}` : ''}`;
      return { text, isExpected: isExpected(answer, again) };
    },
  };
}

/** The forms in which servers answer. */
export const modelAnswers: CaseGroup = {
  title: 'Models that answer in their own way',
  cases: [
    judges(
      'An answer ends by its length in the middle of a sentence',
      'metadata.finish_reason is “length”, a notice says so, and it is not remembered as healthy',
      stream(['The limit is'], 'length'),
      ({ metadata }, again) =>
        (metadata as { finish_reason?: string } | null)?.finish_reason === 'length' &&
        metadata?.notice !== null &&
        again.metadata?.from_cache === false,
    ),
    reads(
      'Thoughts stand in tags before the answer, cut between chunks',
      stream(['<thi', 'nk>The user asks [1].', '</th', 'ink>\n\n', WELL]),
    ),
    reads('Thoughts end with a tag that never began', stream(['The user asks.</think>\n', WELL])),
    reads(
      'An answer is about such a tag',
      stream(['Write <think> before thoughts [1].']),
      'Write <think> before thoughts [1].',
    ),
    reads(
      'Chunks without choices come before the end',
      streamChunks([
        { id: 'c', object: 'chat.completion.chunk', usage: { total_tokens: 1 } },
        choice({ content: WELL }),
        { type: 'ping' },
        END,
      ]),
    ),
    reads(
      'The content is a list of parts',
      streamChunks([
        choice({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
        choice({ content: [{ type: 'text', text: 'The limit is ' }] }),
        choice({ content: [{ type: 'text', text: '5 MB [1].' }] }),
        END,
      ]),
    ),
    reads(
      'Every chunk says that its error is null',
      streamChunks([
        { ...choice({ content: WELL }), error: null },
        { ...END, error: null },
      ]),
    ),
    reads(
      'The stream comes as text/plain',
      streamChunks([choice({ content: WELL }), END], { type: 'text/plain' }),
    ),
    reads(
      'The stream comes as Text/Event-Stream',
      streamChunks([choice({ content: WELL }), END], { type: 'Text/Event-Stream; charset=utf-8' }),
    ),
    reads('Each line of the stream is JSON by itself', {
      status: 200,
      body: [choice({ content: WELL }), END].map((chunk) => `${JSON.stringify(chunk)}\n`).join(''),
      type: 'application/x-ndjson',
    }),
    reads('The whole answer comes in one event', streamChunks([choice({ content: WELL }, 'stop')])),
    reads('One whole answer comes in place of a stream', {
      status: 200,
      body: { choices: [{ index: 0, message: { role: 'assistant', content: WELL }, finish_reason: 'stop' }] },
    }),
    reads(
      'The answer holds a NUL and half a character',
      stream(['The limit is 5\0 MB [1].', '\ud83d']),
      'The limit is 5 MB [1].\ufffd',
    ),
    judges(
      'An answer cites numbers of five digits',
      'no citation without a source stays',
      stream(['The limit is 5 MB [1] [12345] [1234567].']),
      ({ answer }) => answer === 'The limit is 5 MB [1].',
    ),
    {
      name: 'An answer is 90,000 blanks long',
      expected: '/health/live answers within 250 ms meanwhile',
      async run(signal) {
        await using server = await startScriptedServer(() =>
          stream(['The limit', ' '.repeat(90_000), 'is 5.']),
        );
        await using service = await RunningService.start(
          { GENERATION_TARGETS: `${server.url}/v1?model=m&name=model` },
          signal,
        );
        const slowest = await service.slowestLive(service.ask(QUESTION));
        return { text: `${Math.round(slowest)} ms`, isExpected: slowest < 250 };
      },
    },
    {
      name: 'The first model sends a word a second for ever, the second is well',
      expected: 'the second answers within the deadline',
      async run(signal) {
        const words = Array.from({ length: 60 }, () => choice({ content: 'word ' }));
        await using first = await startScriptedServer(() => streamChunks(words, { everyMs: 1_000 }));
        await using second = await startScriptedServer(() => stream([WELL]));
        await using service = await RunningService.start(
          {
            GENERATION_TARGETS: `${first.url}/v1?model=m&name=model,${second.url}/v1?model=m&name=second`,
            QUERY_DEADLINE_MS: '9000',
          },
          signal,
        );
        const [answer] = await service.ask(QUESTION);
        const by = answer?.metadata?.target ?? answer?.metadata?.fallback_source;
        return { text: `${by}`, isExpected: by === 'second' };
      },
    },
  ],
};
