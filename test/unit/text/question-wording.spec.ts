import { readFile } from 'node:fs/promises';
import { readWording } from '../../../src/text/question-wording.ts';

const same = (asked: string, earlier: string) => readWording(asked) === readWording(earlier);

describe('two questions', () => {
  it.each([
    ['who WON the Super Bowl in 1996', 'Who won the Super Bowl in 1996?'],
    ['WHO WON THE SUPER BOWL IN 1996', 'Who won the Super Bowl in 1996?'],
    ['Please, what is the capital of France?', 'What is the capital of France?'],
    ['Why don’t the alarms ring?', 'why do not the alarms ring'],
    ['How did Tesla s coil work', 'How did Tesla’s coil work?'],
    ['How many of the 1000 tickets were sold?', 'How many of the 1,000 tickets were sold?'],
    ['Wie hoch ist der Turm', 'wie hoch ist der Turm?'],
    ['富士山の高さは', '富士山の高さは？'],
    ['What Is The Capital Of France?', 'What is the capital of France?'],
    ['where do US troops train', 'Where do US troops train?'],
    ['IS A 5 KM RUN LONG?', 'Is a 5 km run long?'],
    ['what did in 1997 tony blair promise', 'What did in 1997 Tony Blair promise?'],
    ['How do I turn off heating boiler?', 'How do I turn off the heating boiler?'],
    ['who has blood type O−', 'Who has blood type O-?'],
    ['Is a 6″ cable enough for the desk?', 'Is a 6" cable enough for the desk?'],
    ['Is a 6’ cable enough for the desk?', "Is a 6' cable enough for the desk?"],
    ['What is "top 10"?', 'What is top 10?'],
    ['who was “Nikola Tesla”', "Who was 'Nikola Tesla'?"],
    ['Which flat screen is it', 'Which flat-screen is it?'],
    ['Tesla, when was he born', 'Tesla—when was he born?'],
    ['Who won the Super Bowl in 1996?!', 'Who won the Super Bowl in 1996?'],
    ['Who won the Super Bowl!', 'Who won the Super Bowl ?'],
    ['Well... who is Juan?', 'well who is Juan'],
    ['IS A −5 KM RUN LONG?', 'Is a −5 km run long?'],
    ['Is 5％ a lot?', 'Is 5% a lot?'],
    ['Wie hoch ist das höchste Haus der Stadt, bitte?', 'wie hoch ist höchste Haus der Stadt'],
    ['Où est la clé du bateau, s’il vous plaît ?', 'où est clé du bateau'],
    ['Qui a construit l’église ?', 'qui a construit église'],
    ['Per favore, dove si trova la chiave?', 'Dove si trova chiave?'],
    ['Onde está o barco, por favor?', 'onde está barco'],
    ['Waar ligt de sleutel van het schip, alstublieft?', 'waar ligt sleutel van schip'],
    ['Wie viele von 12’000 Karten wurden verkauft?', 'Wie viele von 12000 Karten wurden verkauft?'],
    ['Ｗｈｏ ｗｏｎ？', 'who won'],
    ['«Who   is\tJuan»', 'who is Juan'],
    ['Wer ist Zoë?', 'wer ist Zoë'],
    ['متى تفتح المكتبة؟', 'متى تفتح المكتبة'],
    ['पुल कब बना?', 'पुल कब बना'],
  ])('have the same wording: %s | %s', (asked, earlier) => {
    expect(same(asked, earlier)).toBe(true);
  });

  it.each([
    ['another number', 'Who won the Super Bowl in 1997?', 'Who won the Super Bowl in 1996?'],
    ['a number of other digits', 'Who is member 1234568?', 'Who is member 1234567?'],
    ['a version', 'How do I upgrade to version 1?', 'How do I upgrade to version 1.1?'],
    ['a part of a version', 'What is new in version 2.1.2?', 'What is new in version 2.1.1?'],
    ['a decimal', 'What is 1.234?', 'What is 1234?'],
    ['an operator', 'What is 10-5?', 'What is 10+5?'],
    ['a currency', 'What costs €50?', 'What costs $50?'],
    ['a percentage', 'What is 5% of 200?', 'What is 5 of 200?'],
    ['another name', 'What is the capital of Austria?', 'What is the capital of Australia?'],
    ['a name that is nearly the same', 'What causes hypothyroidism?', 'What causes hyperthyroidism?'],
    ['a plural that is a name', 'How do I install a window?', 'How do I install Windows?'],
    ['a negation', 'Which drinks are not allowed?', 'Which drinks are allowed?'],
    ['a contracted negation', 'Which drinks aren’t allowed?', 'Which drinks are allowed?'],
    [
      'what is negated',
      'Can users who have not registered log in?',
      'Can users who have registered not log in?',
    ],
    ['another tense', 'Who was the chancellor?', 'Who is the chancellor?'],
    ['a month', 'What happened in 1945?', 'What happened in May 1945?'],
    ['a first name', 'Who married Smith?', 'Who married Will Smith?'],
    ['a numeral', 'Who succeeded Charles I?', 'Who succeeded Charles?'],
    ['a letter that is a word', 'What is hepatitis E?', 'What is hepatitis?'],
    ['a relation more', 'What is a fuse?', 'What is a fuse for?'],
    [
      'longer names that have changed places',
      'Did the Denver Broncos defeat the Carolina Panthers?',
      'Did the Carolina Panthers defeat the Denver Broncos?',
    ],
    ['whom in Spanish', '¿A quién venció Francia?', '¿Quién venció a Francia?'],
    ['whom in Portuguese', 'Quem venceu o Brasil?', 'A quem venceu o Brasil?'],
    [
      'whom in German',
      'Hat Bayern München Borussia Dortmund besiegt?',
      'Hat Borussia Dortmund Bayern München besiegt?',
    ],
    ['a particle in German', 'Wie melde ich mich an?', 'Wie melde ich mich?'],
    [
      'the way back in French',
      'Quel vol va de New York à San Francisco?',
      'Quel vol va de San Francisco à New York?',
    ],
    [
      'the way back in Spanish',
      '¿De San Sebastián a Madrid qué tren va?',
      '¿Qué tren va de Madrid a San Sebastián?',
    ],
    ['an accent', '¿Qué edad tiene el papa de Juan?', '¿Qué edad tiene el papá de Juan?'],
    ['keywords in another order', 'first plastome sequenced', 'Who sequenced the first plastome?'],
    [
      'the way back, told in another order',
      'From London to Paris, how long is the flight?',
      'How long is the flight from Paris to London?',
    ],
    [
      'who beat whom, told in another order',
      'At the final in Rio, did Brazil beat Germany?',
      'Did Germany beat Brazil at the final in Rio?',
    ],
    [
      'the way back in no order',
      'the to Paris is how long in flight May the from London',
      'How long is the flight from Paris to London in May?',
    ],
    [
      'what is negated, in no order',
      'the in fuses Ulm which do not blow the but replaced are',
      'Which fuses in Ulm do blow but are not replaced?',
    ],
    [
      'who gives whom, in no order',
      'her the to his in brother give did what sister May',
      'What did his sister give to her brother in May?',
    ],
    [
      'what is taken from what, told in another order',
      'x minus y times z is what',
      'What is z minus x times y?',
    ],
    [
      'who beat whom, told in another order in one word each',
      'In Rio did Brazil beat Germany easily yesterday?',
      'Did Germany easily beat Brazil yesterday in Rio?',
    ],
    [
      'a name that begins with an article',
      'In Rome did The Who outsell Queen?',
      'Who did Queen outsell in Rome?',
    ],
    [
      'who pays whom, in Spanish',
      '¿Cuál es el plazo y en mayo paga Ana a Luis?',
      '¿Paga Luis a Ana en mayo y cuál es el plazo?',
    ],
    [
      'who saw whom, in Spanish',
      '¿Dónde está el acta y en mayo vio Ana a Luis?',
      '¿Vio Luis a Ana en mayo y dónde está el acta?',
    ],
    [
      'whose boss, in Spanish',
      '¿Qué es la ley y es Ana jefa de Luis?',
      '¿Es Luis jefa de Ana y qué es la ley?',
    ],
    ['an abbreviation', 'Who leads the IT department?', 'Who leads the department?'],
    ['a country', 'How much comes from US plants?', 'How much comes from our plants?'],
    ['a letter', 'What is plan A?', 'What is the plan?'],
    ['signs of a name', 'Who made C++?', 'Who made C#?'],
    ['a sign before a number', 'What melts at −5 °C?', 'What melts at 5 °C?'],
    ['a relation between numbers', 'Is 10 > 5?', 'Is 10 < 5?'],
    ['a negated sign', 'What does != mean?', 'What does = mean?'],
    ['a sign alone', 'What does the | operator do?', 'What does the & operator do?'],
    ['signs alone', 'What does && do in bash?', 'What does || do in bash?'],
    ['marks alone', 'What does :) mean?', 'What does :( mean?'],
    ['a mark alone', 'What does ! mean?', 'What does ~ mean?'],
    ['an arrow', 'What does → mean?', 'What does ← mean?'],
    ['an emoji', 'What does 👍 mean?', 'What does 👎 mean?'],
    ['a slash', 'What does the / command do?', 'What does the command do?'],
    ['a slash before a word', 'What does /clear do?', 'What does clear do?'],
    ['a dash before a letter', 'What does the -f flag do?', 'What does the f flag do?'],
    ['whose in Spanish', '¿De quién es padre Juan?', '¿Quién es el padre de Juan?'],
    ['a decimal without its zero', 'What melts at 5 degrees?', 'What melts at .5 degrees?'],
    ['the capitals of a unit', 'Is a 5 mW laser safe?', 'Is a 5 MW laser safe?'],
    ['the capitals of a unit at its number', 'Is a 5mW laser safe?', 'Is a 5MW laser safe?'],
    ['a mark before a word', 'What is !important in CSS?', 'What is important in CSS?'],
    ['where a path begins', 'What does ../config hold?', 'What does ./config hold?'],
    ['feet and inches', 'Is a 6" cable enough for the desk?', "Is a 6' cable enough for the desk?"],
    ['minutes and seconds', 'Is a 6″ arc enough here?', 'Is a 6′ arc enough here?'],
    ['inches', 'Is a 6” cable enough for the desk?', 'Is a 6 cable enough for the desk?'],
    ['a prime', "What is f'(x)?", 'What is f(x)?'],
    ['brackets', 'What is 2*3+4 in total?', 'What is 2*(3+4) in total?'],
    ['brackets with spaces', 'What is 2 * 3 + 4 in total?', 'What is 2 * (3 + 4) in total?'],
    ['where brackets stand', 'What is sin(2x)+1?', 'What is sin(2x+1)?'],
    ['brackets around words', 'Is it tea and (milk or coffee)?', 'Is it (tea and milk) or coffee?'],
    ['a factorial', 'Is 5! greater than 100 in size?', 'Is 5 greater than 100 in size?'],
    ['a factorial at the end', 'What is 5!?', 'What is 5?'],
    ['the bounds of an interval', 'Is 3 in [1, 5]?', 'Is 3 in (1, 5)?'],
    ['a half-open interval', 'Is 3 in (1, 5]?', 'Is 3 in (1, 5)?'],
    ['a quantifier', 'What does the regex a? match?', 'What does the regex a match?'],
    ['a longer quantifier', 'What does ab? match?', 'What does ab match?'],
    ['a quantifier in a word', 'What does colou?r match?', 'What does colou.r match?'],
    ['a dot before a sign', 'What does a.* match?', 'What does a* match?'],
    ['a fraction of units', 'What is 5 N/m in the spring?', 'What is 5 N m in the spring?'],
    ['an underscore', 'What does MAX_SIZE hold?', 'What does MAX SIZE hold?'],
    ['two colons', 'What does std::sort do?', 'What does std:sort do?'],
    ['a colon before a word', 'What does :q do?', 'What does q do?'],
    ['a ratio', 'What is a:b?', 'What is a b?'],
    ['dots of a range', 'What does 1..5 mean?', 'What does 1...5 mean?'],
    ['a quote alone', "What does ' do?", 'What does " do?'],
    ['a dash alone', 'What does the - key do?', 'What does the key do?'],
    ['a difference of words', 'What is revenue - cost?', 'What is revenue cost?'],
    ['a debt', 'Does it cost -$5?', 'Does it cost $5?'],
    ['a paragraph', 'What does § 5 say?', 'What does 5 say?'],
    ['a grade', 'Is grade A+ enough?', 'Is grade A- enough?'],
    [
      'who bought whom, in Spanish',
      '¿En qué año compró a Microsoft la empresa ZorN?',
      '¿En qué año compró Microsoft la empresa ZorN?',
    ],
    [
      'who sold whom',
      '¿Cuándo vendió a Google la empresa Motorola?',
      '¿Cuándo vendió Google la empresa Motorola?',
    ],
    [
      'whether and when, in Spanish',
      '¿Quién sabe si cierra la válvula vieja en Ulm?',
      '¿Si cierra la válvula vieja en Ulm quién sabe?',
    ],
    ['an exponent', 'What is 10² in metres?', 'What is 102 in metres?'],
    ['a negative exponent', 'What is 10⁻² in metres?', 'What is 10-2 in metres?'],
    ['a German case', 'Biss der Hund den Mann?', 'Biss den Hund der Mann?'],
    [
      'to whom, without accents',
      'Cuando le vendio Google la empresa Motorola',
      'Cuando vendio Google la empresa Motorola',
    ],
    ['a preposition of a language that is not known', 'Cine a fost la Ulm?', 'Cine a fost Ulm?'],
    ['a few', 'Why do a few people fail?', 'Why do few people fail?'],
    [
      'a decimal comma before three digits',
      'Wie viel kostet das Paket von 1,234 kg?',
      'Wie viel kostet das Paket von 1234 kg?',
    ],
    ['a decimal comma', 'Wie viel ist 0,125 von 8?', 'Wie viel ist 0125 von 8?'],
    ['the order', 'Did the harbour pay the pilot?', 'Did the pilot pay the harbour?'],
    ['a plural', 'What does the lamp cost?', 'What do the lamps cost?'],
  ])('differ by %s: %s | %s', (_, asked, earlier) => {
    expect(same(asked, earlier)).toBe(false);
  });

  it.each(['-', '‐', '‑', '‒', '–', '—', '−', '－'])('differ by the dash %s, which is a minus', (dash) => {
    for (const [marked, plain] of [
      [`Does the valve freeze at ${dash}5 degrees?`, 'Does the valve freeze at 5 degrees?'],
      [`Is it from ${dash}10 to 5?`, 'Is it from 10 to 5?'],
      [`What is 10^${dash}5 in total?`, 'What is 10^5 in total?'],
      [`Is x${dash}y prime?`, 'Is x y prime?'],
      [`Who has blood type O${dash}?`, 'Who has blood type O?'],
      [`Is Cl${dash} stable?`, 'Is Cl stable?'],
      [`Is grade A${dash} enough?`, 'Is grade A enough?'],
    ] as const) {
      expect(same(marked, plain)).toBe(false);
      expect(same(marked.replace(dash, '-'), marked)).toBe(true);
    }
  });
});

it('are compared as the worked example in docs/extending.md says', async () => {
  const page = await readFile(new URL('../../../docs/extending.md', import.meta.url), 'utf8');
  const curated = /"question": "([^"]+)"/.exec(page)?.[1] ?? '';
  const [, found, refused] = /“([^”]+)” finds the answer above and “([^”]+)” does not/.exec(page) ?? [];
  expect([same(found ?? '', curated), same(refused ?? '', curated)]).toEqual([true, false]);
});

describe('a wording', () => {
  it('is empty for a question without words', () => {
    for (const question of ['', '?', ' ¿? ', '«»', 'Please?']) expect(readWording(question)).toBe('');
  });

  it.each(['word ', '"', "' ", "'a ", '-', '1,000', '?', '([{', 'the ', "n't ", 'x  ?', '\t'])(
    'is read in linear time of a question that repeats %j',
    (part) => {
      const startedAt = performance.now();
      expect(readWording(`x${part.repeat(50_000)}x`)).not.toBe('');
      // Milliseconds, where the square of the length takes a minute.
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
  );
});
