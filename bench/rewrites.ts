const ENGLISH_ARTICLES = new Set(['a', 'an', 'the']);
const SPANISH_ARTICLES = new Set(['el', 'la', 'los', 'las', 'un', 'una', 'unos', 'unas']);

/** Ways to type a question again in the same words. */
export const rewordings: Record<string, (question: string) => string> = {
  'lower case': (question) => question.toLowerCase(),
  'upper case': (question) => question.toUpperCase(),
  'no mark at the end': (question) => question.replace(/[¿?]/gu, ''),
  'no comma': (question) => question.replace(/,(?!\d)/g, ''),
  'other quotes': (question) => question.replace(/["“”]/g, "'").replace(/['’]/g, '’'),
  'no article': (question) => {
    const articles = isSpanish(question) ? SPANISH_ARTICLES : ENGLISH_ARTICLES;
    const kept = question.split(' ').filter((word) => !articles.has(word));
    return kept.join(' ');
  },
  please: (question) => (isSpanish(question) ? `Por favor: ${question}` : `Please: ${question}`),
};

/** Ways to ask it again in other words, for the vectors. */
export const paraphrases: Record<string, (question: string) => string> = {
  'a word more': (question) => question.replace(/\s*\?*\s*$/, isSpanish(question) ? ' hoy?' : ' now?'),
  'a plural made or undone': (question) =>
    question.replace(/(?<=^.{8,})\p{Ll}{5,}(?=[ ?])/u, (word) =>
      word.endsWith('s') ? word.slice(0, -1) : `${word}s`,
    ),
  'an end in front': (question) => {
    const words = question.replace(/[¿?]/g, '').trim().split(/\s+/);
    return [...words.slice(-2), ...words.slice(0, -2)].join(' ');
  },
};

/** Of the questions in either language: as good as every Spanish one has a mark at its beginning. */
function isSpanish(question: string): boolean {
  return question.includes('¿');
}
