import { toSearchableText, toSearchWords } from '../../../src/postgres/full-text/searchable-text.ts';

describe('searchable text', () => {
  it('holds words in lower case, without punctuation', () => {
    expect(toSearchableText('And/or: “ÉCOLE” (ﬁrst) v2.1, don’t — COVID-19 & a|b!')).toBe(
      'and or école first v2 1 don t covid 19 a b',
    );
  });

  it('holds characters and pairs of scripts without spaces in a document, and pairs in a question', () => {
    expect(toSearchableText('iPhone手机说明')).toBe('iphone 手 机 说 明 手机 机说 说明');
    expect(toSearchWords('手机说')).toBe('手机 机说');
    expect(toSearchWords('手')).toBe('手');
  });

  it('contains every pair of a question about a part of the document', () => {
    const words = new Set(toSearchableText('东京大学位于日本东京都文京区。').split(' '));
    for (const word of toSearchWords('日本东京').split(' ')) expect(words).toContain(word);
  });

  it.each([
    ['१९४७ ٢٠١٥ ４２', '1947 2015 42'],
    ['İstanbul', 'istanbul'],
    ['Donau\u00addampf', 'donaudampf'],
    ['والكتاب وولد', 'الكتاب وولد'],
  ])('normalises %j to %j', (text, words) => {
    expect(toSearchableText(text)).toBe(words);
    expect(toSearchWords(text)).toBe(words);
  });

  it('is empty for text without words', () => {
    for (const text of ['', ' ', '🦆 — …', '\u200b']) expect(toSearchableText(text)).toBe('');
  });

  it('accepts any text', () => {
    for (const text of ['\ud800', 'a\u0301', '\u{20000}\u{20001}', 'ﷺ'.repeat(1_000)])
      expect(toSearchWords(text)).toEqual(expect.any(String));
    expect(toSearchWords('\u{20000}\u{20001}')).toBe('\u{20000}\u{20001}');
  });
});
