import { words } from './function-words.ts';

/** Groups of words that carry the tense alone, which those who type in a hurry leave out. */
export const auxiliaries: ReadonlySet<string> = words('do did is was has had');

/** Of those that may be left out, such as make a passive: who was sent the contract has not sent it. */
export const passives: ReadonlySet<string> = words('is was be been being');
/** What is asked for with these has its answer beside the verb, not as who does or suffers it. */
export const circumstances: ReadonlySet<string> = words('when where why');

/** Ends of past tenses that are participles as well: of outbid and rebuilt, too. */
const TWOFOLD = new RegExp(
  '(?:ed|' +
    'beat|become|bent|bet|bid|bit|bled|bound|bought|bred|brought|built|burnt|burst|bust|cast|caught|clad|clung|come|cost|' +
    'crept|cut|dealt|dreamt|dug|felt|fit|flung|fought|found|got|ground|heard|held|hid|hit|hung|hurt|kept|knelt|knit|laid|' +
    'leant|leapt|learnt|left|lent|let|lit|lost|made|meant|met|mown|paid|put|quit|read|rent|rid|run|said|sat|sent|set|shod|' +
    'shone|shot|shrunk|shut|slept|slid|slit|slung|smelt|sold|sought|spat|spelt|spent|spilt|spit|split|spoilt|spread|sprung|' +
    'spun|stood|struck|strung|stuck|stung|sunk|swept|swung|taught|thought|thrust|told|trod|wept|wet|won|wound|wrought|wrung' +
    ')$',
);

/** Whether a word may say both what somebody did and what was done to somebody. */
export function isTwofold(word: string): boolean {
  return TWOFOLD.test(word);
}

/** Prepositions that may be left out before what belongs to them. */
export const prepositions: ReadonlySet<string> = words('on of in at en de del');

/** Of those, such as may belong to every verb: turn on, check in, atacó en. */
export const particles: ReadonlySet<string> = words('on in at en');

/** Verbs that mean something else without `of`, besides past tenses. */
const hearsay = words(
  'approve approves hear hears know knows knew make makes sing sings sang smell smells speak speaks spoke taste tastes tell tells ' +
    'write writes wrote',
);

/** Whether a content word may be a verb that means something else without `of` or `de` behind it: approved of, compró de. */
export function takesGenitive(word: string): boolean {
  return isTwofold(word) || hearsay.has(word) || /(?:ó|[aei]ron|aban?|ían?)$/u.test(word);
}

/** Words that ask for what is named, and such as name it: who is, what was. */
export const namers: ReadonlySet<string> = words('what who');
export const copulas: ReadonlySet<string> = words('is was');

/** Whether a content word may be a verb behind `is`: being done, or doing. */
export function isParticiple(word: string): boolean {
  return isTwofold(word) || /(?:ing|[erw]n)$/.test(word);
}

/** With which something begins that is said of a clause: when it happens, where, or by whom. */
export const adverbials: ReadonlySet<string> = words(
  'in on at by from with for during after before since until within between through under over near ' +
    'en a con por para durante desde hasta antes despues tras ante entre sobre',
);

/** With which a clause begins that may say whether or under what condition. */
export const conditions: ReadonlySet<string> = words('if si');

/** Words with which a new part of the sentence begins: a preposition before them belongs to the verb. */
const openers = words(
  'last next yesterday today tomorrow every each all first once twice again recently currently annually daily ago late ' +
    'early later earlier',
);
/** With which what belongs to it begins: in his speech, in which year. */
const attached = words('my our your his her its their this that these those what who how');

/** Whether a preposition before that word of a form, or before the end, has nothing behind it that belongs to it. */
export function isStranding(next: string | undefined): boolean {
  if (next === undefined || openers.has(next)) return true;
  return next.startsWith('+') && !attached.has(next.slice(1));
}

/** Words of Spanish that may tell alone who does and who suffers. */
export const cases: ReadonlySet<string> = words('a al se le les lo con para');

/** Whether a content word may be a Spanish verb that says what somebody did, or is to do. */
export function isVerb(word: string): boolean {
  return /(?:ó|[aei]ron|aban?|ían?|[aei]r)$/u.test(word);
}

/** What they also leave out where the other words say enough. */
export const omissible: ReadonlySet<string> = new Set([
  ...auxiliaries,
  ...cases,
  ...words('on of in at and be been being this that these those there his her its their'),
  ...words('de del en y e este esta esto estos estas ese esa eso su sus'),
  // Where the one that asks is still there.
  'what',
]);

/** Those that nobody leaves in who leaves out small words; and such as are left out for no other reason. */
export const small: ReadonlySet<string> = words('do did has had on of in at de del en al se');
export const idle: ReadonlySet<string> = auxiliaries.union(words('of de del'));

/** Words that keywords may not leave out: who suffers would seem to be who does, and to turn would seem to turn off. */
export const essential: ReadonlySet<string> = words('by por up down out off on over under or o u than');
