import { cutAtClauses } from '../../../src/text/excerpts/long-units.ts';

function pieces(text: string, maxChars: number): string[] {
  return cutAtClauses(text, { start: 0, end: text.length }, maxChars).map(({ start, end }) =>
    text.slice(start, end),
  );
}

describe('cutAtClauses', () => {
  it.each([
    [
      'The pump, which is old, hums (as always, even at night) and “never rests” — so they say: listen.',
      50,
      [
        'The pump, which is old,',
        'hums (as always, even at night) and “never rests”',
        '— so they say: listen.',
      ],
    ],
    [
      'Its 1,200 parts cost 3.5 million; the rest, mostly pipes, was free at 12:30.',
      40,
      ['Its 1,200 parts cost 3.5 million;', 'the rest, mostly pipes,', 'was free at 12:30.'],
    ],
    ['压力升高，阀门打开；水流出来。', 10, ['压力升高，阀门打开；', '水流出来。']],
    ['يرتفع الضغط، ثم يفتح الصمام؛ ويخرج الماء.', 30, ['يرتفع الضغط، ثم يفتح الصمام؛', 'ويخرج الماء.']],
    ['Η αντλία σταμάτησε· το νερό, όμως, τρέχει.', 24, ['Η αντλία σταμάτησε·', 'το νερό, όμως, τρέχει.']],
    ['ความดันสูงขึ้น วาล์วจะเปิด น้ำไหลออก', 28, ['ความดันสูงขึ้น วาล์วจะเปิด', 'น้ำไหลออก']],
  ])('cuts %j at the last clause of %d characters', (text, maxChars, cut) => {
    expect(pieces(text, maxChars)).toEqual(cut);
  });

  it('cuts inside of brackets only where no clause ends outside', () => {
    expect(pieces('It hums (at night, by day, at noon) and rests.', 30)).toEqual([
      'It hums (at night, by day,',
      'at noon) and rests.',
    ]);
  });

  it('splits between words only in a clause that is too long', () => {
    expect(pieces('In short, the pump hums all night and all day.', 20)).toEqual([
      'In short,',
      'the pump hums all',
      'night and all day.',
    ]);
  });

  it('begins a piece with a whole word after a word that is too long', () => {
    const text = `See ${'a'.repeat(50)} and so on.`;
    expect(pieces(text, 20)).toEqual(['See aaaaaaaaaaaaaaaa', 'a'.repeat(20), 'a'.repeat(14), 'and so on.']);
    expect(pieces('a'.repeat(45), 20).map(({ length }) => length)).toEqual([20, 20, 5]);
  });

  it('takes linear time', () => {
    for (const text of ['`', ' ', ', ', '(', '(a, '])
      expect(pieces(`a ${text.repeat(100_000)} b`, 80).length).toBeGreaterThan(0);
  });

  it('splits Thai between words', () => {
    const words = ['ระบบ', 'จะ', 'เปิด', 'เมื่อ', 'เกิด', 'ข้อ', 'ผิด', 'พลาด'];
    const text = words.join('').repeat(3);
    const edges = new Set([text.length]);
    let at = 0;
    for (const word of [...words, ...words, ...words]) {
      edges.add(at);
      at += word.length;
    }
    for (const maxChars of [20, 21, 22, 23, 24])
      for (const { start, end } of cutAtClauses(text, { start: 0, end: text.length }, maxChars)) {
        expect(edges).toContain(start);
        expect(edges).toContain(end);
      }
  });
});
