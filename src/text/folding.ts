/**
 * What is left out without making another word: accents, the points of Hebrew, Arabic and Indic scripts, and the line that
 * stretches a word.
 */
const optionalMarks = new RegExp(
  String.raw`[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]`,
  'g',
);
/** Invisible characters inside of words: soft hyphens and joiners. */
const invisible = /\u00ad|\u200d|\u2060|\ufeff/g;
/** Letters that no decomposition leads to their plain form, with what people type for them. */
const plainLetters: Record<string, string> = {
  ı: 'i',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ς: 'σ',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
const letters = new RegExp(`[${Object.keys(plainLetters).join('')}]`, 'g');

/**
 * A word without what people leave out when they type: compatibility forms, case, accents and points don't tell words
 * apart, nor do the digits of different scripts.
 */
export function foldWord(word: string): string {
  if (isAscii(word)) return word.toLowerCase();
  const plain = word
    .normalize('NFKD')
    .replace(optionalMarks, '')
    .replace(invisible, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(letters, (letter) => plainLetters[letter] ?? letter);
  return foldDigits(plain);
}

/** Whether a text is made of ASCII alone, so that nothing but its case can be folded. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** A text with the digits of every script as those from 0 to 9. */
export function foldDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(valueOf(digit)));
}

/** In Unicode the ten digits of a script follow each other. */
function valueOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return value;
}
