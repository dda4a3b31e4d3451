/** Every character that some model may read as the end of a line. */
const LINE = /[^\n\r\v\f\u0085\u2028\u2029]+/g;
/** White space, line ends and other control characters. */
const BLANKS = /[\s\p{Cc}]+/gu;
/** What stands before the first letter of a line. */
const BEFORE_LETTERS = /^\P{L}+/u;
/** A small number in brackets of any width: it could pass for the number of a passage. */
const BRACKETED = /[[［【〔]([\s\p{Cf}]*\p{N}{1,3}[\s\p{Cf}]*)[\]］】〕]/gu;
/** What the parts of the prompt begin with. */
const PART = /^([^\p{L}\p{N}]*(?:passages?|questions?)[^\p{L}\p{N}:：]*)[:：]/iu;

/** A title or heading as part of a passage's header: on one line, and with numbers in round brackets. */
export function toHeaderText(text: string): string {
  return text.replace(BLANKS, ' ').trim().replace(BRACKETED, '($1)');
}

/**
 * A passage's text without lines that could pass for the header of another passage or for the question: the number at the
 * beginning of a line stands in round brackets, and a dash takes the place of the colon. All else stays as it is.
 */
export function toPassageText(text: string): string {
  return text.replace(LINE, (line) =>
    line.replace(BEFORE_LETTERS, (marks) => marks.replace(BRACKETED, '($1)')).replace(PART, '$1 –'),
  );
}
