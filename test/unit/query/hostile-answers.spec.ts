import { ChatAnswer } from '../../../src/huggingface/chat/chat-answer.ts';
import { NoAnswerError } from '../../../src/huggingface/errors.ts';
import { toEventStream } from '../../../src/huggingface/chat/event-stream.ts';
import { CitationFilter } from '../../../src/query/generation/citation-filter.ts';
import { citedPassages } from '../../../src/query/generation/citations.ts';

const LENGTH = 200_000;
/** Linear work takes milliseconds, where the square of the length takes a minute. */
const MAX_MS = 5_000;
/** A chat answer may have 100,000 characters. */
const MAX_ANSWER = 100_000;

/** Texts that a model may repeat without end: each kind of mark that some rule about answers looks for, and its parts. */
const PIECES = [
  [
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u00A0',
    '\u0000',
    '\uD83D',
    '\uDE00',
    'a',
    '1',
    '9,',
    ', ',
    '.',
    '\\',
    '<',
    '>',
    '&',
  ],
  ['[', ']', '[]', '[1', '[1,', '[1, ', '[1 ', ' [1', '[ 1', '[1][', '[1](', '](', '(', '[12345', '1]'],
  ['`', '``', '```', '`a', '` ', '`\n', '```\n', '~~~', '*', '_', '**', '#', '- ', '> ', '|', '![', '!['],
  [
    '<t',
    '<think',
    '<think>',
    '</think>',
    '</think',
    '<think></think>',
    '<think>\n</think>\n',
    '[THINK]',
    '◁think▷',
  ],
  ['<think> a', '<|channel|>', 'İ', '<think>a</think>, ', '.</think>'],
].flat();
const AROUND = [
  ['', ''],
  ['[1', ']'],
  ['[1', ''],
  ['`', ''],
  ['<think>', ''],
  ['<think>', '</think>Yes [1].'],
  ['Yes', '</think>'],
] as const;

const hostile = PIECES.flatMap((piece) => AROUND.map(([before, after]) => [before, piece, after] as const));

const SOURCE = {
  document_id: 'd',
  title: null,
  url: null,
  heading: null,
  excerpt: '',
  highlights: [],
  score: 1,
};
const sources = [1, 2].map((number) => ({ ...SOURCE, number, chunk_id: String(number) }));

function repeat([before, piece, after]: readonly [string, string, string], length: number): string {
  return before + piece.repeat(Math.ceil(length / piece.length)).slice(0, length) + after;
}

/** The milliseconds that the slowest kind takes, with its name. */
function slowest(run: (text: string) => void, length: number): { ms: number; kind: string } {
  const times = hostile.map((kind) => {
    const text = repeat(kind, length);
    const startedAt = performance.now();
    run(text);
    return { ms: performance.now() - startedAt, kind: JSON.stringify(kind) };
  });
  return times.toSorted((a, b) => b.ms - a.ms)[0] ?? { ms: 0, kind: '' };
}

describe('the time that a hostile answer takes is proportional to its length', () => {
  it('when its citations are read', () => {
    const worst = slowest((text) => {
      for (const parts of [[text], text.match(/[^]{1,40}/g) ?? []]) {
        const filter = new CitationFilter(2);
        for (const part of parts) filter.push(part);
        filter.finish();
      }
      citedPassages({ answer: text, sources });
    }, LENGTH);
    expect(worst.ms).toBeLessThan(MAX_MS);
  });

  it('when it is assembled, whole or from chunks of one character', () => {
    const whole = slowest((text) => assemble([text]), MAX_ANSWER - 100);
    expect(whole.ms).toBeLessThan(MAX_MS);
    for (const piece of [' ', '<', 'a', '<think>', '<think></think>', '<think>\n', '</think>']) {
      const startedAt = performance.now();
      assemble(repeat(['', piece, ''], 20_000));
      expect(performance.now() - startedAt).toBeLessThan(MAX_MS);
    }
  });

  it.each(['\n', '\r', ' ', ':', 'data:', 'data: 1\n', '{', 'event: a\n', ': \n', 'x'])(
    'when its stream repeats %j in pieces of one character',
    async (piece) => {
      const bytes = Buffer.from(piece.repeat(Math.ceil(50_000 / piece.length)));
      const body = new ReadableStream<Uint8Array>({
        start(controller): void {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      const startedAt = performance.now();
      await toEventStream(new Response(body))
        .text()
        .catch(() => undefined);
      expect(performance.now() - startedAt).toBeLessThan(MAX_MS);
    },
  );
});

function assemble(parts: Iterable<string>): void {
  const answer = new ChatAnswer();
  for (const content of parts) answer.add({ choices: [{ delta: { content } }] });
  answer.add({ choices: [{ delta: {}, finish_reason: 'length' }] });
  try {
    answer.complete();
  } catch (error) {
    // Thoughts alone are no answer.
    if (!(error instanceof NoAnswerError)) throw error;
  }
}
