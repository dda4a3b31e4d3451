import { ExtractiveGenerator } from '../../../src/local/extractive-generator.ts';

const { signal } = new AbortController();

async function answer(question: string, ...texts: string[]): Promise<string> {
  const passages = texts.map((text, index) => ({ number: index + 1, title: null, text }));
  const { text } = await new ExtractiveGenerator().generate({ question, passages }, { signal });
  return text;
}

describe('ExtractiveGenerator', () => {
  it('answers with the matching sentences, each with its citation', async () => {
    const text = await answer(
      'When does the circuit open?',
      'The circuit opens after five failures within a minute.\n\nLunch is at noon.',
      'An open circuit rejects calls at once.',
    );
    expect(text).toBe(
      'The circuit opens after five failures within a minute. [1]\n\nAn open circuit rejects calls at once. [2]',
    );
  });

  it('quotes at most three sentences', async () => {
    const text = await answer('circuit', 'A circuit.\n\nB circuit.\n\nC circuit.\n\nD circuit.');
    expect(text.match(/\[1\]/g)).toHaveLength(3);
  });

  it('quotes the beginning of the first passage when no sentence matches', async () => {
    expect(await answer('zyx', 'First of all. Then more.', 'Second.')).toBe('First of all. Then more. [1]');
  });

  it('marks a sentence that was cut', async () => {
    const text = await answer('engine', `The engine ${'turns and '.repeat(60)}stops.`);
    expect(text).toMatch(/^The engine .* … \[1\]/);
  });

  it.each([
    ['## Opening the `circuit` ##', 'Opening the circuit [1]'],
    [
      'The **circuit** _opens_ at `open_at`, see [the docs](https://x.test/a_b "t").',
      'The circuit opens at open_at, see the docs. [1]',
    ],
    ['> **Note** a circuit\n> opens.', 'Note a circuit opens. [1]'],
    [
      '- [x] a circuit\n- 2 * 3 circuits, snake_case_name',
      '- a circuit\n- 2 * 3 circuits, snake_case_name [1]',
    ],
    [
      '| Circuit | State |\n| --- | :-: |\n| main | `open` |',
      '| Circuit | State |\n| --- | --- |\n| main | open [1] |',
    ],
    [
      '```ts\nconst circuit: Array<string> = open(a * b);\n```',
      '```\nconst circuit: Array<string> = open(a * b);\n```\n[1]',
    ],
    [
      'A circuit with ![a logo](l.png) and <https://x.test>, \\*not\\* bold.',
      'A circuit with a logo and https://x.test, *not* bold. [1]',
    ],
    ['1. First the circuit\n2. then `__dirname`', '1. First the circuit\n2. then __dirname [1]'],
  ])('reads %j as prose', async (markdown, prose) => {
    const text = await answer('circuit', markdown);
    expect(text).toBe(prose);
  });

  it('streams the same text piece by piece', async () => {
    const tokens: string[] = [];
    const passages = [{ number: 3, title: 'T', text: 'A circuit.\n\nAnother circuit.' }];
    const result = await new ExtractiveGenerator().generate(
      { question: 'circuit', passages },
      { signal, onToken: (text) => tokens.push(text) },
    );
    expect(tokens).toHaveLength(2);
    expect(result).toEqual({ text: tokens.join(''), model: 'local-extractive', finishReason: 'stop' });
    expect(result.text).toContain('[3]');
  });

  it('rejects with the reason of its signal', async () => {
    const reason = new Error('gone');
    const request = { question: 'a', passages: [{ number: 1, title: null, text: 'a' }] };
    const generation = new ExtractiveGenerator().generate(request, { signal: AbortSignal.abort(reason) });
    await expect(generation).rejects.toBe(reason);
  });

  it.each(['[', '![', '`', '* ', '|', '<a ', ' ', '> ', '# ', '**a', '\\'])(
    'takes reasonable time for a long run of %j',
    async (unit) => {
      expect(await answer('circuit', `${unit.repeat(50_000)}\n\nA circuit.`)).toMatch(
        /A circuit\.(?:\n```\n| )\[1\]/,
      );
    },
  );
});
