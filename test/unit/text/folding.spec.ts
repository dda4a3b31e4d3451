import { foldWord } from '../../../src/text/folding.ts';

describe('foldWord', () => {
  it.each([
    ['Naïve', 'naive'],
    ['Đường', 'duong'],
    ['Größe', 'grosse'],
    ['İSTANBUL', 'istanbul'],
    ['ısı', 'isi'],
    ['ΑΘΉΝΑΣ', 'αθηνασ'],
    ['كِتَـاب', 'كتاب'],
    ['مدرسة', 'مدرسه'],
    ['डिफ़ेंस', 'डिफेंस'],
    ['१९४७', '1947'],
    ['٢٠١٥', '2015'],
    ['４２', '42'],
    ['Donau\u00addampf', 'donaudampf'],
  ])('folds %j and %j to the same word', (word, folded) => {
    expect(foldWord(word)).toBe(folded);
  });

  it('keeps marks that distinguish words', () => {
    for (const word of ['दिन', 'दीन', 'والكتاب', 'ว่าง', 'вода']) expect(foldWord(word)).toBe(word);
  });
});
