import { foldWord } from './folding.ts';
import { languageMarks } from './language-stopwords.ts';

/** The words of a language that make a question what it is. */
interface QuestionWords {
  /** Articles that tell nothing: not those that tell the case, nor such as are prepositions as well. */
  articles: string;
  /** Words that ask for somebody or something. */
  persons: string;
  /** Words that ask when, where, why or how. */
  circumstances: string;
  /** Negations, words that make a passive of a sentence, and those that have an opposite: off, from, more, other. */
  turns: string;
  numbers: string;
  /** Words that point back to what was said before. */
  pointers: string;
  /** Words that, at the beginning, join a question to what was said before. */
  openers: string;
  /** Other words that say nothing about what is asked for. */
  fillers: string;
}

// All tables are read together, so the German `was` and the Dutch `of` are left out: they are in most English questions.
const tables: Partial<Record<keyof typeof languageMarks, QuestionWords>> = {
  english: {
    articles: 'a an the',
    persons: 'who whom whose what which',
    circumstances: 'when where why how',
    turns:
      'not no never none neither nor without nobody nothing nowhere except unless cannot cant dont doesnt didnt isnt arent wasnt werent couldnt wont wouldnt shouldnt hasnt havent hadnt ' +
      'by off from before after over under down or than more most less least other another',
    numbers:
      'zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen ' +
      'twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half once twice ' +
      'first second third fourth fifth last',
    pointers:
      'it its they them their theirs he him his she her hers these this those ones former latter both same also too else instead ' +
      'then',
    openers: 'and but or so also then ok okay yes no thanks well',
    fillers:
      'a i me my we us our you your am been being had has could should would will shall may might must about into than after before ' +
      'between over under up out off does done much many long often far old some any all tell show give explain want need please ' +
      'know mean get got let one until while during just exactly really possible sure',
  },
  spanish: {
    articles: 'el la los las un una unos unas',
    persons: 'quien quienes que cual cuales',
    circumstances: 'cuando donde adonde porque como cuanto cuanta cuantos cuantas',
    turns:
      'no ni nunca jamas ningun ninguno ninguna nada nadie sin tampoco excepto por o desde hasta antes despues mas menos sobre bajo otro otra otros otras',
    numbers:
      'cero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve ' +
      'veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien mil millon primer primero primera ultimo',
    pointers:
      'él ella ello ellos ellas eso ese esa esos esas esto este estos estas aquel aquella aquello su suyo suya allí ahí también ' +
      'entonces mismo misma',
    openers: 'y e pero o u entonces además vale sí no bueno gracias',
    fillers:
      'me mi te tu nos hay puede puedo podemos pueden tiene tengo tienen debe debo hace hacer mucho mucha muchos muchas todo toda ' +
      'todos todas sobre ser estar favor quiero saber decir dime',
  },
  french: {
    articles: 'le la les l un une',
    persons: 'qui que quoi quel quelle quels quelles',
    circumstances: 'quand ou comment combien pourquoi',
    turns:
      'ne n pas jamais aucun aucune rien personne sans sauf ni par ou avant apres plus moins sous autre autres',
    numbers:
      'deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante ' +
      'soixante septante huitante nonante cent mille million premier premiere dernier',
    pointers:
      'il elle ils elles lui leur leurs cela ça celui celle ceux celles ce cette cet ces son sa ses là aussi alors même mêmes',
    openers: 'et mais ou alors donc aussi ok oui non merci bon',
    fillers:
      'je me mon ma mes tu te ton ta nous vous votre y a peut peux pouvez dois doit faut avoir être fait faire beaucoup tout toute ' +
      'tous toutes sur dire veux savoir donne explique',
  },
  german: {
    articles: 'die das ein eine',
    persons: 'wer wen wem wessen welche welcher welches welchen welchem',
    circumstances: 'wann wo woher wohin warum wieso weshalb wie',
    turns:
      'nicht kein keine keinen keinem keiner nie niemals niemand nichts ohne ausser weder von durch oder aus ab vor nach uber unter mehr weniger anderer andere anderes anderen',
    numbers:
      'null zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn ' +
      'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig hundert tausend million einmal zweimal erste ersten letzte',
    pointers:
      'er sie ihn ihm ihnen ihr ihre ihren ihrem ihrer sein seine seinen seinem seiner dies diese dieser dieses diesen diesem jene ' +
      'jener jenes jenen dort da daran darauf darin darüber dafür dabei dazu damit davon danach auch denn sonst',
    openers: 'und aber oder also dann ok okay ja nein danke gut',
    fillers:
      'ich mich mir mein meine meinen wir uns unser du dich dir dein man es gibt geht kann können muss müssen soll darf dürfen habe ' +
      'haben hat hatte viel viele lang lange oft alt alle alles etwas bitte sag zeig erkläre will möchte brauche weiß',
  },
  italian: {
    articles: 'il la le l i un uno una',
    persons: 'chi che cosa quale quali',
    circumstances: 'quando dove come perche quanto quanta quanti quante',
    turns:
      'non no mai nessun nessuno nessuna niente nulla senza tranne ne da dal dalla o prima dopo piu meno sotto sopra altro altra altri altre',
    numbers:
      'due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto ' +
      'diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille milione primo prima ultimo',
    pointers:
      'lui lei loro esso essa essi esse ciò questo questa questi queste quello quella quelli quelle suo sua suoi sue lì là anche ' +
      'allora stesso stessa',
    openers: 'e ed ma o oppure allora quindi ok sì no grazie bene',
    fillers:
      'io mi mio mia tu ti tuo noi ci voi si può posso possono deve devo devono fare fa essere avere ho hai molto molta molti molte ' +
      'tutto tutta tutti tutte voglio sapere dimmi',
  },
  portuguese: {
    articles: 'o os um uma uns umas',
    persons: 'quem que qual quais',
    circumstances: 'quando onde porque como quanto quanta quantos quantas',
    turns:
      'nao nem nunca jamais nenhum nenhuma nada ninguem sem exceto por pelo pela ou antes depois mais menos sob outro outra outros outras',
    numbers:
      'dois duas tres quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove ' +
      'vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem mil milhao primeiro primeira ultimo',
    pointers:
      'ele ela eles elas isso isto esse essa esses essas este esta estes estas aquele aquela aquilo seu sua seus suas dele dela ' +
      'deles delas disso nisso lá ali aí também então mesmo mesma',
    openers: 'e mas ou então também ok sim não obrigado bem',
    fillers:
      'eu me meu minha tu você vocês nós há pode posso podem deve devo tem tenho têm faz fazer ser estar muito muita muitos muitas ' +
      'todo toda todos todas sobre quero saber diga',
  },
  dutch: {
    articles: 'de het een',
    persons: 'wie wat welk welke',
    circumstances: 'wanneer waar waarom hoe hoeveel',
    turns:
      'niet geen nooit niemand niets zonder behalve noch door uit af voor na meer minder onder ander andere',
    numbers:
      'twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien ' +
      'twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend miljoen eerste laatste',
    pointers:
      'hij zij ze hem haar hun dit deze daar daarvan daarmee daarvoor daarna erover ervan ermee ervoor ook dan dezelfde hetzelfde',
    openers: 'en maar of dus dan ook ok ja nee bedankt goed',
    fillers:
      'ik mij me mijn wij we ons onze jij je jouw u uw er kan kunnen moet moeten mag mogen heb hebben heeft had veel lang vaak oud ' +
      'alle alles graag zeg geef wil weten nodig',
  },
};

const languages = Object.entries(languageMarks).map(([language, marks]) => {
  const table = tables[language as keyof typeof languageMarks];
  const { articles = '', persons = '', circumstances = '' } = table ?? {};
  const written = `${marks} ${articles} ${persons} ${circumstances}`.split(' ');
  const known = new Set([...written, ...written.map(foldWord)]);
  return {
    isInTable: table !== undefined,
    known,
    articles: setOf(articles),
    pointers: setOf(table?.pointers),
    openers: setOf(table?.openers),
    fillers: setOf(table?.fillers),
  };
});

function setOf(words = ''): ReadonlySet<string> {
  return new Set(words.split(' '));
}

function union(column: keyof QuestionWords): ReadonlySet<string> {
  return new Set(Object.values(tables).flatMap((table) => table[column].split(' ')));
}

export const personWords = union('persons');
export const circumstanceWords = union('circumstances');
export const turningWords = union('turns');
export const numberWords = union('numbers');

/** Whether a folded word is one of the most frequent of a language of the table. */
export function isFrequent(folded: string): boolean {
  return languages.some(({ isInTable, known }) => isInTable && known.has(folded));
}

/**
 * Whether a word in small letters is an article in the language that most words are from; where several languages have as
 * many, in each of these. No word is one where most are from a language that the table does not have.
 */
export function articleTest(words: readonly string[]): (word: string) => boolean {
  const likely = likelyLanguages(words);
  return (word) => likely.length > 0 && likely.every(({ articles }) => articles.has(word));
}

/**
 * What words in small letters are in the language that most of them are from; where several have as many, in any of these. In a
 * text of no known word every language counts.
 */
export function roleTest(words: readonly string[]) {
  const isKnown = languages.some(({ known }) => words.some((word) => known.has(word)));
  const likely = isKnown ? likelyLanguages(words) : languages;
  return {
    isPointer: (word: string) => likely.some(({ pointers }) => pointers.has(word)),
    isOpener: (word: string) => likely.some(({ openers }) => openers.has(word)),
    /** Whether the word says nothing about what is asked for. */
    isEmpty: (word: string) => likely.some(({ known, fillers }) => known.has(word) || fillers.has(word)),
  };
}

/** The languages of the table that most of the words are from. */
function likelyLanguages(words: readonly string[]) {
  const counts = languages.map(({ known }) => words.filter((word) => known.has(word)).length);
  const most = Math.max(1, ...counts);
  return languages.filter(({ isInTable }, index) => isInTable && counts[index] === most);
}
