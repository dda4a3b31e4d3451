import { EndMarkFilter } from '../../../src/huggingface/chat/end-mark.ts';

function read(...texts: string[]): string {
  const filter = new EndMarkFilter();
  return texts.map((text, index) => filter.add(text, index === texts.length - 1)).join('');
}

it.each([
  ['Yes.<|im_end|>', 'Yes.'],
  ['Yes.<|eot_id|> \n', 'Yes.'],
  ['Yes.</s>', 'Yes.'],
  ['Yes.<|im_end|>\n<|endoftext|>', 'Yes.'],
  ['Yes.</s></s></s>', 'Yes.'],
  ['Yes.</answer><|im_end|>', 'Yes.'],
  ['See [1][2]', 'See [1][2]'],
  ['Write `<|im_end|>`.', 'Write `<|im_end|>`.'],
  ['<|im_end|> ends a turn.', '<|im_end|> ends a turn.'],
  ['a < b', 'a < b'],
  ['a <', 'a <'],
  ['a <|im', 'a <|im'],
  ['', ''],
])('of %j the answer is %j, however it is cut', (text, answer) => {
  expect(read(text)).toBe(answer);
  expect(read(...text, '')).toBe(answer);
  for (let at = 0; at < text.length; at++) expect(read(text.slice(0, at), text.slice(at))).toBe(answer);
});

it('holds no more than some marks', () => {
  const filter = new EndMarkFilter();
  const shown = Array.from({ length: 1_000 }, () => filter.add('</s>', false)).join('');
  expect(shown.length).toBeGreaterThan(3_000);
});

it('holds nothing that cannot be a mark', () => {
  expect(new EndMarkFilter().add('if a < b then', false)).toBe('if a < b then');
});
