import fc from 'fast-check';
import { selectExcerpts, selectUnits } from '../../../src/text/excerpts/excerpts.ts';
import type { Passage } from '../../../src/text/excerpts/windows.ts';

const limits = { count: 3, maxChars: 200 };

function texts(question: string, ...passages: string[]): string[] {
  const numbered = passages.map((text, index) => ({ number: index + 1, text }));
  return selectUnits(question, numbered, { count: 3, maxChars: 80 }).map(({ text }) => text);
}

const filler = 'Nothing of interest stands here for anybody who reads this long line. ';

/** Texts without a clause of more than 90 characters. */
const proses = [
  'When the pressure falls below two bar, the pump starts by itself; it stops again as soon as four bar are reached. ' +
    'Engineers who serviced the first model (built in Leeds, and sold until 1974) remember its “cheerful rattle”, ' +
    'which nobody could ever explain. Newer models – there are three of them – are quieter, cheaper, and easier to open: ' +
    'four screws hold the cover. Never run the pump dry!',
  'Cuando baja la presión, la bomba arranca sola; se detiene en cuanto se alcanzan los cuatro bares. ¿Quién la construyó? ' +
    'Según el archivo municipal, la fabricó un taller de Bilbao (fundado en 1921), cuyo dueño—hijo de relojeros—' +
    'había estudiado en Lieja. Las piezas originales, que aún se conservan, pesan 1.200 kilos.',
  'Before the first start:\n\n- Open the valve at the bottom, slowly.\n- Press the red switch; the lamp must light up.\n' +
    '- Wait for a minute, then read the gauge: between two and four bar is fine.\n\n1. Write the value down. ' +
    '2. Call Dr. Moss, who keeps the list, if it differs by more than 0.5 bar from the last one.',
];

describe('selectExcerpts', () => {
  it('finds the sentence that answers, in whichever passage it is', () => {
    const passages: Passage[] = [
      { number: 4, text: filler.repeat(5), score: 1 },
      {
        number: 7,
        text: `${filler.repeat(8)}The library was opened in 1928. ${filler.repeat(8)}`,
        score: 0.9,
      },
    ];
    const [best] = selectExcerpts('When did the library open?', passages, limits);
    expect(best?.passage).toBe(7);
    expect(best?.text).toContain('The library was opened in 1928.');
  });

  it('adds the sentences around it up to the limit, and none twice', () => {
    const text = `${filler}${filler}The library was opened in 1928. Few readers came. ${filler}`;
    const [best] = selectExcerpts('When did the library open?', [{ number: 1, text }], limits);
    expect(best?.text).toBe(`${filler}The library was opened in 1928. Few readers came.`);
  });

  it('adds no sentence that does not fit', () => {
    const rain = 'It had rained for most of the week before, as it does in that month';
    const text = `Still, ${rain}, and it was cold. The library was opened in 1928. ${rain}, and in the month after.`;
    const excerpt = (maxChars: number) =>
      selectExcerpts('When did the library open?', [{ number: 1, text }], { count: 1, maxChars })[0]?.text;
    expect(excerpt(100)).toBe('The library was opened in 1928.');
    expect(excerpt(200)).toBe(`Still, ${rain}, and it was cold. The library was opened in 1928.`);
  });

  it.each(proses)('begins and ends at sentences, or marks the cut: case %#', (text) => {
    const flat = text.replace(/\s+/g, ' ');
    for (const word of text.match(/\p{L}{5,}/gu) ?? [])
      for (const maxChars of [90, 120, 200]) {
        const [best] = selectExcerpts(word, [{ number: 1, text }], { count: 1, maxChars });
        const quoted = best?.text.replace(/\s+/g, ' ') ?? '';
        expect(quoted).toMatch(/^(?:… |- |¿|\p{Lu}|\d+\. |which)[^…]*(?:[.?!;,:)–—”] …|[.?!:”])$/u);
        const bare = quoted.replace(/^… | …$|^- /g, '');
        expect(flat.replaceAll('\n', ' ')).toContain(bare);
      }
  });

  it('quotes the beginnings of the best passages when no term is found', () => {
    const passages = ['First line. More.', 'Second line. More.', 'Third.', 'Fourth.'].map((text, index) => ({
      number: index + 1,
      text,
    }));
    const excerpts = selectExcerpts('zyx?', passages, { count: 3, maxChars: 12 });
    expect(excerpts.map(({ text }) => text)).toEqual(['First line.', 'Second line.', 'Third.']);
  });

  it('prefers the passage with the higher score when both match alike', () => {
    const text = 'The breaker opens after five failures.';
    const passages = [
      { number: 1, text, score: 0.1 },
      { number: 2, text, score: 0.4 },
    ];
    expect(selectExcerpts('When does the breaker open?', passages, limits)[0]?.passage).toBe(2);
  });

  it.each([
    [
      'When did the libraries open?',
      'In 1928 the Library, with its café, was opened. '.repeat(2),
      ['the', 'Library', 'opened'],
    ],
    ['Où est le cafe?', 'Le Café est là.', ['Le', 'Café', 'est']],
    ['熔断器什么时候打开', '五次失败以后，熔断器打开。', ['熔断器', '打开']],
  ])('returns the offsets of the terms of %j', (question, text, terms) => {
    const [best] = selectExcerpts(question, [{ number: 1, text }], { count: 1, maxChars: 48 });
    expect(best?.terms.map(({ start, end }) => best.text.slice(start, end))).toEqual(terms);
  });

  it('returns no excerpt for no passage', () => {
    expect(selectExcerpts('x', [], limits)).toEqual([]);
    expect(selectExcerpts('x', [{ number: 1, text: ' \n ' }], limits)).toEqual([]);
    expect(selectExcerpts('', [{ number: 1, text: 'Some text.' }], limits)).toHaveLength(1);
  });

  it('ends a clause that is too long between words', () => {
    const text = `${'and the pump hums '.repeat(12)}until it opens again.`;
    const [best] = selectExcerpts('until opens', [{ number: 1, text }], { count: 1, maxChars: 60 });
    expect(best?.text).toMatch(/^… until it opens again\.$/);
    expect(text).toContain(best?.text.slice(2));
  });

  it('begins with a whole word after a word that is too long', () => {
    for (const length of [200, 299, 10_000]) {
      const text = `quagmire${'a'.repeat(length)} quagmire end of it.`;
      const [best] = selectExcerpts('quagmire end', [{ number: 1, text }], limits);
      expect(best?.text).toBe('… quagmire end of it.');
    }
  });

  it('keeps number, length and order of its excerpts, and splits no word', () => {
    const word = fc.constantFrom(
      'the',
      'breaker',
      'opened,',
      'Vorschaltgerät',
      'e.g.',
      '😀😀',
      'Dr.',
      'five.',
      '(x)',
    );
    const space = fc.constantFrom(' ', ' ', ' ', '\n', '\n\n', '  ');
    const text = fc.array(fc.tuple(word, space), { maxLength: 120 }).map((pairs) => pairs.flat().join(''));
    const passages = fc
      .array(
        fc.record({ text, score: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }) }),
      )
      .map((list) => list.map((passage, index) => ({ ...passage, number: index + 1 }) as Passage));
    fc.assert(
      fc.property(passages, fc.integer({ min: 20, max: 200 }), (all, maxChars) => {
        const excerpts = selectExcerpts('Has the breaker opened? 😀😀', all, { count: 3, maxChars });
        expect(excerpts.length).toBeLessThanOrEqual(3);
        const said = new Set<string>();
        for (const { passage, text: quoted, terms } of excerpts) {
          const source = all.find(({ number }) => number === passage)?.text.replace(/\s+/g, ' ') ?? '';
          const bare = quoted.replace(/\s+/g, ' ').replace(/^… | …$/g, '');
          expect(` ${source} `).toContain(` ${bare} `);
          expect(quoted.trim()).toBe(quoted);
          for (const term of terms)
            expect(['the', 'opened', 'breaker']).toContain(quoted.slice(term.start, term.end));
          expect(quoted.length).toBeGreaterThan(0);
          expect(quoted.length).toBeLessThanOrEqual(maxChars);
          expect(bare.split(' ').length < 4 || !said.has(bare)).toBe(true);
          said.add(bare);
        }
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('splits text without spaces between characters, and accepts long passages', () => {
    const passages = [
      '😀'.repeat(50_000),
      '漢字'.repeat(50_000),
      'fox '.repeat(50_000),
      'a,'.repeat(50_000),
      '"'.repeat(100_000),
    ];
    const excerpts = passages.flatMap((text) => selectExcerpts('fox 漢字', [{ number: 1, text }], limits));
    for (const { text } of excerpts) {
      expect(text.isWellFormed()).toBe(true);
    }
    for (const text of passages)
      expect(selectExcerpts('fox 漢字', [{ number: 1, text }], limits)[0]?.text.length).toBeGreaterThan(150);
    expect(excerpts).toHaveLength(7);
  });
});

describe('selectExcerpts in other scripts', () => {
  const pick = (question: string, text: string) => selectExcerpts(question, [{ number: 1, text }], limits);

  it.each([
    ['متى يفتح الصمام؟', 'الطقس جميل.\n\nوالصِّمام مغلق.\n\nلا شيء.', 'والصِّمام'],
    ['Πότε ανοίγει η βαλβίδα;', 'Ο καιρός είναι καλός.\n\nΗ ΒΑΛΒΙΔΑ είναι κλειστή.', 'ΒΑΛΒΙΔΑ'],
    ['वाल्व १२ कब खुलता है?', 'मौसम अच्छा।\n\nदाब 12 पर।', '12'],
    ['ISPARTA nerede?', 'Hava güzel.\n\nIsparta bir şehirdir.', 'Isparta'],
    ['Isparta nerede', 'Hava güzel.\n\nısparta', 'ısparta'],
    ['Wo ist die Strasse?', 'Es regnet.\n\nStraße gesperrt.', 'Straße'],
    ['วาล์วเปิดเมื่อไร', 'อากาศดี\n\nวาล์วปิด', 'วาล์ว'],
    ['Ｐｕｍｐ ４２', 'Rain.\n\nThe pump.', 'pump'],
  ])('marks what %j asks for in %j', (question, text, word) => {
    const [excerpt] = pick(question, text);
    const marked = excerpt?.terms.map(({ start, end }) => excerpt.text.slice(start, end));
    expect(marked).toContain(word);
  });

  it('does not mark words that merely begin alike', () => {
    const [excerpt] = pick('the contract', 'The control of contracts.');
    const marked = excerpt?.terms.map(({ start, end }) => excerpt.text.slice(start, end));
    expect(marked).toEqual(['The', 'contracts']);
  });

  it('splits no grapheme, however long', () => {
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}';
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    for (const { text } of pick('x', `x${family.repeat(50)}`)) {
      expect(text.length).toBeLessThanOrEqual(200);
      for (const { segment } of graphemes.segment(text.replace(/x| ?… ?/g, ''))) expect(segment).toBe(family);
    }
  });
});

describe('selectUnits', () => {
  it('quotes whole sentences', () => {
    expect(
      texts(
        'Who founded the observatory?',
        `${filler}The observatory was founded by Lovell. It still works. ${filler}`,
      ),
    ).toContain('The observatory was founded by Lovell. It still works.');
  });

  it('does not end a sentence at an abbreviation or an initial', () => {
    const [best] = texts(
      'Who built the engine?',
      'The engine, e.g. Otto’s, was built by Dr. N. A. Otto in 1876. Later.',
    );
    expect(best).toBe('The engine, e.g. Otto’s, was built by Dr. N. A. Otto in 1876. Later.');
  });

  it('cuts a long sentence after a clause', () => {
    const sentence =
      'The engine that the museum shows today was rebuilt by hand, because the first one had been lost in a fire.';
    expect(texts('fire engine', sentence)).toEqual([
      'The engine that the museum shows today was rebuilt by hand, …',
      '… because the first one had been lost in a fire.',
    ]);
  });

  it('does not continue beyond the end of a paragraph', () => {
    expect(texts('engine', 'An engine.\n\nA fire.')[0]).toBe('An engine.');
  });

  it('matches other forms of a word, and words without accents', () => {
    expect(texts('failing services', 'All is well today.\n\nThe service failed twice.')[0]).toContain(
      'failed',
    );
    expect(texts('cuantas interceptaciones', 'Nada más.\n\n¿Cuántas interceptó? Siete.')[0]).toContain(
      'Siete',
    );
  });

  it('gives function words little weight', () => {
    const best = texts(
      'What is the use of a bulkhead?',
      'It was the end of the day.\n\nA bulkhead isolates calls.\n\nNobody is here.',
    )[0];
    expect(best).toBe('A bulkhead isolates calls.');
  });

  it('finds terms in text without spaces', () => {
    expect(texts('断路器何时打开？', '天气很好。今天没有雨。\n\n五次失败后断路器打开。')[0]).toBe(
      '五次失败后断路器打开。',
    );
  });
});
