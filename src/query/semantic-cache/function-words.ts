/** What a word that carries little meaning by itself does in a question. */
export interface FunctionWords {
  /** Words that ask, each with what it asks for. */
  asks: Map<string, string>;
  /** Words that tell when something is, was or may be, each with its group. */
  tenses: Map<string, string>;
  /** Words that tell how others stand to each other: leaving one out may be an abbreviation, another one is another question. */
  relations: Set<string>;
  negations: Set<string>;
  /** Words that may be there or not. */
  fillers: Set<string>;
  /** Words whose meaning hangs on what stands behind them: from where, before what, whose. */
  directions: Set<string>;
  /** Directions that tell little where words are in no order: of an infinitive, of the object, whose. */
  loose: Set<string>;
  /** Words that never stand right before certain others: where they do, the words are in no order. */
  strangers: [before: Set<string>, behind: Set<string>][];
  /** Words that never stand at the end. */
  unfinished: Set<string>;
}

const english: FunctionWords = {
  asks: group({
    who: 'who',
    whom: 'whom',
    whose: 'whose',
    what: 'what which',
    when: 'when',
    where: 'where',
    why: 'why',
    how: 'how',
  }),
  tenses: group({
    do: 'do does',
    did: 'did',
    is: 'is are',
    was: 'was were',
    has: 'has have',
    had: 'had',
    future: 'will shall',
    ability: 'can could',
    chance: 'may might',
    duty: 'must',
    advice: 'should ought',
    condition: 'would',
  }),
  relations: words(
    'to from by with for about as into onto like than before after between among during over under against ' +
      'through within above below on up down out off since until near beyond per via if while because or ' +
      'my our your his her its their mine ours yours hers theirs ' +
      'of in at and be been being i me we us you he him she it they them this that these those there',
  ),
  negations: words('not no never none neither nor without nobody nothing nowhere except'),
  fillers: words('a an the please'),
  directions: words('from to by than before after my our your his her its their'),
  loose: words('to my our your his her its their'),
  strangers: [
    [
      words('a an the my our your his her its their'),
      words(
        'who whom whose what which when where why how do does did is are was were has have had can could would should ' +
          'to from by with for about as into onto like than before after between among during over under against of in ' +
          'at and or on be been my our your his her its their a an the he him it they them this that ' +
          'these those there not',
      ),
    ],
    [
      words('of in at from with for by into about between among during under on than'),
      words('do does did is are was were has have had can could would should of to than into'),
    ],
    [words('of from with for into between among during than'), words('and or')],
    [words('and or to'), words('of than into')],
    [words('what who whom whose which'), words('a an the')],
    [words('is are was were'), words('do does did is are was were has have had can could would should')],
    [
      words('who whom whose what which when where why how'),
      words('who whom whose what which when where why how'),
    ],
  ],
  unfinished: words('a an the my our its their and or if because than'),
};

const spanish: FunctionWords = {
  asks: group({
    who: 'quien quienes',
    whom: 'aquien aquienes',
    'to what': 'aque acual acuales',
    'to many': 'acuanto acuanta acuantos acuantas',
    what: 'que cual cuales',
    when: 'cuando',
    where: 'donde adonde',
    why: 'porque',
    how: 'como',
    many: 'cuanto cuanta cuantos cuantas',
  }),
  tenses: group({
    is: 'es son',
    stays: 'esta estan',
    has: 'ha han',
    hay: 'hay',
    was: 'fue fueron era eran',
    stayed: 'estaba estaban',
    had: 'habia habian hubo',
    future: 'sera seran',
    ability: 'puede pueden podia podian',
    duty: 'debe deben',
  }),
  relations: words(
    'a al por para con desde hasta hacia entre sobre bajo tras durante contra antes despues segun ante si o u ' +
      'me te nos mi mis tu tus su sus nuestro nuestra nuestros nuestras ' +
      'de del en y e se lo le les este esta esto estos estas ese esa eso',
  ),
  negations: words('no ni nunca jamas ningun ninguno ninguna nada nadie sin tampoco excepto'),
  fillers: words('el la los las un una unos unas favor'),
  directions: words('a al por desde hasta antes despues mi mis tu tus su sus'),
  loose: words('a al mi mis tu tus su sus'),
  strangers: [
    [
      words('un una unos unas el los las mi mis tu tus su sus'),
      words(
        'en por para con a al del y o el la los las un una unos unas mi mis tu tus su sus se es son fue fueron ha han ' +
          'cuando donde cual cuales quien cuanto como',
      ),
    ],
    [
      words('la'),
      words(
        'el la los las un una unos unas mi mis tu tus su sus en con para al del y o es son cuando donde cual cuales quien cuanto',
      ),
    ],
    [
      words('de en con por para del al entre sobre desde hasta y o a'),
      words('de en con por para del al entre sobre desde hasta y o es son fue fueron ha han se'),
    ],
    [words('del al'), words('el la los las un una unos unas mi mis tu tus su sus que a cuando como')],
    [words('se'), words('el la los las un una unos unas de del en al mi mis tu tus su sus que como cual')],
    [
      words('quien quienes cual cuales cuando donde cuanto cuanta cuantos cuantas'),
      words('quien quienes que cual cuales cuando donde como cuanto cuanta cuantos cuantas'),
    ],
  ],
  unfinished: words('un unos el los las mi mis tu tus su sus de en del al con por para y o que se'),
};

/** Where the language is not known every word counts. */
const unknown: FunctionWords = {
  asks: new Map(),
  tenses: new Map(),
  relations: new Set(),
  negations: new Set(),
  fillers: new Set(),
  directions: new Set(),
  loose: new Set(),
  strangers: [],
  unfinished: new Set(),
};

/** Function words that other languages do not have, or have as none. */
const telling = [
  words(
    'the who whom whose what which when where why how do does did is are were has have had could would should',
  ),
  words(
    'quien quienes aquien aquienes que cual cuales cuando donde adonde porque cuanto cuanta cuantos cuantas son fueron estan puede pueden',
  ),
];

const languages = [english, spanish];

/** The function words of the language that most of these folded words are from; of English when that is open. */
export function functionWordsOf(folded: readonly string[]): FunctionWords {
  const counts = languages.map((language) => folded.filter((word) => isFunctionWord(language, word)).length);
  return languages[counts.indexOf(Math.max(...counts))] ?? english;
}

/** The function words of the language that a question of these folded words is certainly in; none when that is open. */
export function languageOfQuestion(folded: readonly string[]): FunctionWords {
  const counts = telling.map((known) => folded.filter((word) => known.has(word)).length);
  const most = Math.max(...counts);
  return (most > 0 && languages[counts.indexOf(most)]) || unknown;
}

/** Whether a folded word is one of the language's function words. */
export function isFunctionWord(
  { asks, tenses, relations, negations, fillers }: FunctionWords,
  word: string,
): boolean {
  return [asks, tenses, relations, negations, fillers].some((known) => known.has(word));
}

/**
 * How many signs there are that words are in no order: an article before a preposition, or another word where no sentence
 * has it; and a beginning that neither asks nor says when nor relates, or an end in a word that asks or says when, or that
 * nothing ends with. A question that is in order seldom has one, and hardly ever two. A word typed twice tells nothing.
 * @param folded function words; content, and whatever parts words other than a space, as ''
 */
export function countDisorder(
  { asks, tenses, relations, negations, strangers, unfinished }: FunctionWords,
  folded: readonly string[],
): number {
  const first = folded[0] ?? '';
  const last = folded.at(-1) ?? '';
  const isOdd = (word: string, behind: string) =>
    strangers.some(([before, others]) => before.has(word) && others.has(behind));
  // In an echo, such as “He was born where?”, both are odd, and the rest is in order.
  const areEdgesOdd =
    ![asks, tenses, relations, negations].some((known) => known.has(first)) ||
    [asks, tenses, unfinished].some((known) => known.has(last));
  const inside = folded.slice(1).filter((behind, index) => {
    const word = folded[index] ?? '';
    return behind !== word && isOdd(word, behind);
  });
  return inside.length + Number(areEdgesOdd);
}

/** A set of the words in a line. */
export function words(list: string): Set<string> {
  return new Set(list.split(' '));
}

/** Each word with the name of its group. */
function group(groups: Record<string, string>): Map<string, string> {
  return new Map(
    Object.entries(groups).flatMap(([name, list]) => list.split(' ').map((word) => [word, name] as const)),
  );
}
