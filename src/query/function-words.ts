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
}

const english: FunctionWords = {
  asks: group({
    who: 'who whom whose',
    what: 'what which',
    when: 'when',
    where: 'where',
    why: 'why',
    how: 'how',
  }),
  tenses: group({
    present: 'is are am do does has have',
    past: 'was were did had',
    future: 'will shall',
    ability: 'can could',
    chance: 'may might',
    duty: 'must should ought',
    condition: 'would',
  }),
  relations: words(
    'to from by with for about as into onto like than before after between among during over under against ' +
      'through within above below on up down out off since until near beyond per via if while because',
  ),
  negations: words('not no never none neither nor without nobody nothing nowhere except'),
  fillers: words(
    'a an the of in at and or s be been being i me my we us our you your he him his she her it its they them ' +
      'their this that these those there please',
  ),
};

const spanish: FunctionWords = {
  asks: group({
    who: 'quien quienes',
    what: 'que cual cuales',
    when: 'cuando',
    where: 'donde adonde',
    why: 'porque',
    how: 'como',
    many: 'cuanto cuanta cuantos cuantas',
  }),
  tenses: group({
    present: 'es son esta estan ha han hay',
    past: 'fue fueron era eran estaba estaban habia habian hubo',
    future: 'sera seran',
    ability: 'puede pueden podia podian',
    duty: 'debe deben',
  }),
  relations: words(
    'por para con desde hasta hacia entre sobre bajo tras durante contra antes despues segun ante si',
  ),
  negations: words('no ni nunca jamas ningun ninguno ninguna nada nadie sin tampoco excepto'),
  fillers: words(
    'a al el la los las un una unos unas de del en y e o u se su sus lo le les me mi mis tu te nos nuestro nuestra ' +
      'este esta esto estos estas ese esa eso favor',
  ),
};

/** Words that make another verb of the one they belong to: to turn on is not to turn off. */
export const particles: ReadonlySet<string> = words('up down out off over under');

/** Words whose meaning hangs on what stands behind them: from one to the other is not from the other to the one. */
export const directions: ReadonlySet<string> = words('from to than before after desde hasta antes despues');

const languages = [english, spanish];

/** The function words of the language that most of these folded words are from; of English when that is open. */
export function functionWordsOf(folded: readonly string[]): FunctionWords {
  const counts = languages.map((language) => folded.filter((word) => isFunctionWord(language, word)).length);
  return languages[counts.indexOf(Math.max(...counts))] ?? english;
}

/** Whether a folded word is one of the language's function words. */
export function isFunctionWord(
  { asks, tenses, relations, negations, fillers }: FunctionWords,
  word: string,
): boolean {
  return [asks, tenses, relations, negations, fillers].some((known) => known.has(word));
}

function words(list: string): Set<string> {
  return new Set(list.split(' '));
}

/** Each word with the name of its group. */
function group(groups: Record<string, string>): Map<string, string> {
  return new Map(
    Object.entries(groups).flatMap(([name, list]) => list.split(' ').map((word) => [word, name] as const)),
  );
}
