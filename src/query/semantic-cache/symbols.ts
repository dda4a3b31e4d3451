const WORD = String.raw`[\p{L}\p{M}\p{N}]`;
/** A number, or a letter by itself: what formulas are made of. */
const ENDS_SYMBOL = String.raw`(?:\p{N}|(?<!${WORD})\p{L})`;
const BEGINS_SYMBOL = String.raw`(?:\p{N}|\p{L}(?!${WORD}))`;

/** Marks of which sentences are not made: these count wherever they stand. */
const STRANGE = String.raw`(?:\^|(?!\p{Terminal_Punctuation}|\p{Quotation_Mark}|[¿¡-])[\p{P}\p{Sm}\p{Sc}\p{So}])`;
/** Where those that sentences are made of count as well. */
const SIGN = new RegExp(
  [
    STRANGE,
    // A dash, unless it joins two words.
    String.raw`(?<=[^\s-])-+(?!${WORD}|-)`,
    String.raw`(?<!${WORD}|-)-+(?=[^\s-])`,
    String.raw`(?<=${ENDS_SYMBOL}\s*)-(?=\s*${BEGINS_SYMBOL})`,
    // Feet and inches, f', 5!, a:b
    String.raw`(?<=${ENDS_SYMBOL})(?:["']+(?!${WORD})|!+|[,:;](?=${BEGINS_SYMBOL}))`,
    // .net, :q, !important; .* and a..b
    String.raw`(?<!\S)[.:]+(?=${WORD})|(?<![.:!?])(?:!+(?=${WORD})|[.:!?]+(?=${STRANGE})|[.:]{2,}(?=${WORD}))`,
    // Not at the end, where it only asks.
    String.raw`(?<!\?)\?+(?=[^]*[\p{L}\p{N}])`,
  ].join('|'),
  'gu',
);
const MINUS = new RegExp(String.raw`(?<!${WORD}|-|${ENDS_SYMBOL}\s*)-(?=\p{N})`, 'gu');

const QUOTED = new RegExp(String.raw`(?<!${WORD})(["'])(?=\S)((?:(?!\1)[^])*)\1(?!${WORD})`, 'gu');
/** Parts words like any mark, and is none that anybody writes. */
const NO_MARK = '\0';

/** What stands between spaces, without a letter or digit. */
const ALONE = /(?<!\S)[^\s\p{L}\p{M}\p{N}]+(?!\S)/gu;
/** Not about the marks themselves: French quotes, and what a sentence ends with behind a space. */
const IDLE_ALONE = /^(?:[«»‹›](?!\S)|[?!.]+\s*$)/u;
const ENCLOSED = /^(["'`])(.+)\1$/u;

const DASH = /[\p{Pd}⁃˗−]/gu;
const SINGLE_QUOTE = /[‘’‚‛′´]/gu;
const DOUBLE_QUOTE = /[“”„‟]|''/gu;

/** Gives marks that mean the same one spelling: dashes, quotes, full-width forms. */
export function unifyMarks(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{P}\p{Sm}\p{Sc}]/gu, (mark) => mark.normalize('NFKC'))
    .replace(DASH, '-')
    .replace(SINGLE_QUOTE, "'")
    .replace(DOUBLE_QUOTE, '"');
}

/** Makes a word of each mark that is none of the sentence's: a sign, a part of a name or formula, or what is asked about. */
export function nameSigns(text: string): string {
  return text
    .replace(ALONE, (marks, offset: number) =>
      IDLE_ALONE.test(text.slice(offset)) ? marks : nameEach(marks.replace(ENCLOSED, '$2')),
    )
    .replace(QUOTED, `${NO_MARK}$2${NO_MARK}`)
    .replace(MINUS, ' minus')
    .replace(SIGN, nameEach);
}

function nameEach(signs: string): string {
  return [...signs].map((sign) => ` sign${sign.codePointAt(0)} `).join('');
}
