import { dropOpenThoughts, ThoughtFilter } from '../../../src/huggingface/chat/thoughts.ts';

const ANSWER = 'The limit is 5 MB [1].';

/** The answer in a text that comes in pieces of `size` characters. */
function filter(text: string, size: number, isWhole = true): string {
  const thoughts = new ThoughtFilter();
  let answer = '';
  for (let at = 0; at < text.length; at += size) answer += thoughts.add(text.slice(at, at + size));
  return dropOpenThoughts(answer + thoughts.finish(isWhole)).trim();
}

/** In one piece, and cut at every place that matters. */
const SIZES = [1_000_000, 1, 2, 3, 7];

it.each(
  [
    `<think>The user asks [2].</think>\n\n${ANSWER}`,
    `<think>\nThe user asks\nfor the limit.\n</think>\n\n${ANSWER}`,
    `\n <THINK>Hm.</Think>${ANSWER}`,
    `<thinking>Hm. İ</thinking>\n${ANSWER}`,
    `<reasoning>\nhm\n</reasoning>\n\n${ANSWER}`,
    `<think></think>\n\n${ANSWER}`,
    `<think>one</think>\n<think>two < three</think>\n\n${ANSWER}`,
    `[THINK]Hm.[/THINK]${ANSWER}`,
    `◁think▷Hm.◁/think▷${ANSWER}`,
    `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>${ANSWER}`,
    `<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|><|channel|>final<|message|>${ANSWER}`,
    `<|START_THINKING|>Hm [2].<|END_THINKING|>${ANSWER}`,
    `<|begin_of_thought|>\nHm.\n<|end_of_thought|>\n\n${ANSWER}`,
    `<|channel|>final<|message|>${ANSWER}`,
    `<|im_start|>assistant\n${ANSWER}`,
    `<think>\nHm.\n</think>\n\n<response>${ANSWER}`,
    `<unused94>thought\nHm.<unused95>${ANSWER}`,
    `<details type="reasoning" done="true"><summary>Hm.</summary>\n> Hm.\n</details>\n${ANSWER}`,
    `<scratchpad>Hm.</scratchpad>\n${ANSWER}`,
    `Okay, the user asks for the limit.\n</think>\n\n${ANSWER}`,
    `Okay, the user asks for the limit.</think>\n\n${ANSWER}`,
    `Okay, the user asks for the limit.</think>${ANSWER}`,
    `</think>\n\n${ANSWER}`,
  ].flatMap((text) => SIZES.map((size) => [text, size] as const)),
)('thoughts are left out of %j in pieces of %i', (text, size) => {
  expect(filter(text, size)).toBe(ANSWER);
});

it('a sentence in lower case behind a thought is the answer', () => {
  const text = '<think>The user asks for the limit.</think> five megabytes [1].';
  for (const size of SIZES) expect(filter(text, size)).toBe('five megabytes [1].');
});

it.each(
  [
    ANSWER,
    '<b>The limit</b> is 5 MB [1].',
    'The tag `<think>` begins a thought, and `</think>` ends it [1].',
    'A model writes <think>its thoughts</think> before its answer [1].',
    'A model ends its thoughts with </think> before it answers [1].',
    '<think> is the tag that begins a thought, and </think> ends it [1].',
    '<think> begins a thought [1].',
    '<think>…</think> marks thoughts [1].',
    '`<think>\nHm.\n</think>`\n\nis a thought [1].',
    '```\n<think>\n</think>\n```\nis a thought [1].',
    '```\nHm.\n</think>\nYes.\n```',
    '<thinker> is no tag of thoughts [1].',
    'The thought ends with:\n</think>',
    '<',
    '<th',
  ].flatMap((text) => SIZES.map((size) => [text, size] as const)),
)('an answer that speaks of such marks stays as it is: %j in pieces of %i', (text, size) => {
  expect(filter(text, size)).toBe(text);
});

it.each([
  ['<think>The user asks for', false],
  ['<think>\nThe user asks for', true],
  ['<think>The user asks for', true],
  ['<think>Hm.</think>', true],
  ['<think>Hm.</think>\n\n', true],
  ['<think> the user asks for', false],
])('thoughts without an answer are none: %j', (text, isWhole) => {
  for (const size of SIZES) expect(filter(text, size, isWhole)).toBe('');
});
