import { countTokens as countWhole } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../../../src/text/tokens.ts';

describe('countTokens', () => {
  it.each([
    ['', 0],
    ['hello world', 2],
    ['The circuit opens after five failures within a minute.', 10],
    ['¿Cuántas capturas ha conseguido?', 8],
  ])('counts the tokens of %j', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens);
    expect(countWhole(text)).toBe(tokens);
  });

  it('counts the names of special tokens as plain text', () => {
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
    expect(countTokens('a <|fim_prefix|> b <|endofprompt|>')).toBeGreaterThan(4);
  });

  it('counts lone surrogates and control characters', () => {
    expect(countTokens('\ud800')).toBeGreaterThan(0);
    expect(countTokens('\0\u0007\u200b')).toBeGreaterThan(0);
  });

  // The encoder alone compares each of these with all the others.
  it.each(['a', 'A', ' ', '\n', '😀', '漢', '=', '\ud800', 'é'])(
    'counts a long run of %j in slices',
    (unit) => {
      const times = 120 / Buffer.byteLength(unit);
      const run = unit.repeat(240 * times);
      const tokens = countTokens(run);
      expect(tokens).toBe(times * countTokens(unit.repeat(240)));
      expect(tokens).toBeLessThanOrEqual(Buffer.byteLength(run));
    },
  );

  it('counts ordinary text around a long run exactly', () => {
    const run = 'x'.repeat(1_000);
    const around = countTokens('See the key ') + countTokens(' in the file.');
    expect(countTokens(`See the key ${run} in the file.`)).toBe(around + countTokens(run));
  });
});
