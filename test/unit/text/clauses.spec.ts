import { cutPieces } from '../../../src/text/clauses.ts';

function pieces(text: string, maxChars: number): string[] {
  return cutPieces(text, maxChars).map(({ start, end }) => text.slice(start, end));
}

describe('cutPieces', () => {
  it.each([
    [
      'The pump, which is old, hums (as always, even at night) and “never rests” — so they say: listen.',
      [
        'The pump,',
        'which is old,',
        'hums (as always, even at night)',
        'and “never rests”',
        'so they say:',
        'listen.',
      ],
    ],
    [
      'Its 1,200 parts cost 3.5 million; the rest—mostly pipes—was free at 12:30.',
      ['Its 1,200 parts cost 3.5 million;', 'the rest—', 'mostly pipes—', 'was free at 12:30.'],
    ],
    [
      'The pump hums ― so they say ― all night; the rest―mostly pipes―rusts.',
      ['The pump hums ―', 'so they say ―', 'all night;', 'the rest―', 'mostly pipes―', 'rusts.'],
    ],
    ['压力升高，阀门打开；水流出来。', ['压力升高，', '阀门打开；', '水流出来。']],
    ['يرتفع الضغط، ثم يفتح الصمام؛ ويخرج الماء.', ['يرتفع الضغط،', 'ثم يفتح الصمام؛', 'ويخرج الماء.']],
    ['Η αντλία σταμάτησε· το νερό, όμως, τρέχει.', ['Η αντλία σταμάτησε·', 'το νερό,', 'όμως,', 'τρέχει.']],
    ['ความดันสูงขึ้น วาล์วจะเปิด น้ำไหลออก', ['ความดันสูงขึ้น', 'วาล์วจะเปิด', 'น้ำไหลออก']],
  ])('cuts %j at its clauses', (text, clauses) => {
    expect(pieces(text, text.length - 1)).toEqual(clauses);
  });

  it('splits between words only in a clause that is too long, and marks it', () => {
    const text = 'In short, the pump hums all night and all day.';
    expect(cutPieces(text, 20)).toEqual([
      { start: 0, end: 'In short,'.length, opens: true, closes: true, sentence: 0 },
      { start: text.indexOf('the'), end: text.indexOf(' night'), opens: true, closes: false, sentence: 0 },
      { start: text.indexOf('night'), end: text.length, opens: false, closes: true, sentence: 0 },
    ]);
  });

  it('begins a piece with a whole word after a word that is too long', () => {
    const text = `See ${'a'.repeat(50)} and so on.`;
    expect(pieces(text, 20)).toEqual(['See aaaaaaaaaaaaaaaa', 'a'.repeat(20), 'a'.repeat(14), 'and so on.']);
    expect(pieces('a'.repeat(45), 20).map(({ length }) => length)).toEqual([20, 20, 5]);
    expect(pieces(`${'a'.repeat(40)} and so on.`, 20)).toEqual([
      'a'.repeat(20),
      'a'.repeat(20),
      'and so on.',
    ]);
  });

  it('omits code fences in linear time', () => {
    expect(pieces('```\n\nReads files.\n```sh\nnpm run ingest\n```', 80)).toEqual([
      'Reads files.',
      'npm run ingest',
    ]);
    for (const text of ['`', ' ', '``` ', '~~~\n'])
      expect(pieces(`a ${text.repeat(100_000)} b`, 80).length).toBeGreaterThan(0);
  });

  it('omits bullets, and keeps a list number with its item', () => {
    expect(pieces('- Press it.\n• Wait.\n•\n1. Turn it. 2. Go home. How many? 3.', 80)).toEqual([
      'Press it.',
      'Wait.',
      '1. Turn it.',
      '2. Go home.',
      'How many?',
      '3.',
    ]);
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
      for (const { start, end } of cutPieces(text, maxChars)) {
        expect(edges).toContain(start);
        expect(edges).toContain(end);
      }
  });
});
