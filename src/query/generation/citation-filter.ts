/** A list of numbers in brackets that is no link, with the character behind it. */
const LIST = /^\[(\d+(?:\s*,\s*\d+)*)\](?!\()/;
/** What may become such a list once more of the text is known. */
const UNFINISHED_LIST = /^\[[\d\s,]{0,200}\]?$/;
/**
 * What is decided by what follows: spaces before a bracket, a code mark, a bracket before a digit. Spaces are looked at from
 * their first one alone, since looking from each of them would take the square of their number.
 */
const SPECIAL = /(?<!\s)\s+(?=\[|$)|`|\[(?=\d|$)/g;
const FENCE = '```';
/** The longest code on one line, and the longest white space, that is held back. Raised, text behind a lone backtick is shown later. */
const MAX_HELD_CHARACTERS = 500;

/**
 * Removes citations of passages that do not exist from a text that arrives in parts, with the spaces before them, and white
 * space around the text. In a list, valid numbers stay. Code is left alone. What cannot be decided yet is held back.
 */
export class CitationFilter {
  private held = '';
  private inFence = false;
  private hasShown = false;
  /** The text so far as the model wrote it, as long as nothing of it was shown. */
  private raw = '';

  /** @param passageCount how many passages the model was given, numbered from 1 */
  constructor(private readonly passageCount: number) {}

  /** Takes the next part of the text. Returns what can be shown now, often an empty text. */
  push(part: string): string {
    if (!this.hasShown) this.raw += part;
    this.held += part;
    return this.take(false);
  }

  /** Takes the end of the text. Returns the rest; all of the text when it consists of unknown citations alone. */
  finish(): string {
    const rest = this.take(true).trimEnd();
    this.held = '';
    return this.hasShown ? rest : this.raw.trim();
  }

  private take(isEnd: boolean): string {
    let shown = '';
    for (let step = this.next(isEnd); step !== undefined; step = this.next(isEnd)) {
      shown += step.text;
      this.held = this.held.slice(step.length);
    }
    if (!this.hasShown) shown = shown.trimStart();
    if (shown !== '') this.hasShown = true;
    return shown;
  }

  /** The next decided piece: how many characters it has, and what is shown of it. Undefined when more must be known. */
  private next(isEnd: boolean): { length: number; text: string } | undefined {
    const { held } = this;
    if (held === '') return undefined;
    if (this.inFence) return this.nextOfFence(isEnd);
    SPECIAL.lastIndex = 0;
    const special = SPECIAL.exec(held);
    if (!special) return whole(held);
    if (special.index > 0) return whole(held.slice(0, special.index));
    if (held.startsWith('`')) return this.nextOfCode(isEnd);
    const spaces = held.startsWith('[') ? '' : special[0];
    const rest = held.slice(spaces.length);
    if (rest === '') return isEnd || held.length > MAX_HELD_CHARACTERS ? whole(held) : undefined;
    if (!rest.startsWith('[')) return whole(spaces);
    return this.nextOfBracket(spaces, rest, isEnd);
  }

  private nextOfBracket(spaces: string, rest: string, isEnd: boolean) {
    if (!isEnd && UNFINISHED_LIST.test(rest)) return undefined;
    const list = LIST.exec(rest);
    if (!list) return whole(`${spaces}[`);
    const known = (list[1] ?? '')
      .split(',')
      .map((number) => number.trim())
      .filter((number) => Number(number) >= 1 && Number(number) <= this.passageCount);
    // Only spaces on the line of an unknown citation go with it.
    const kept = spaces.replace(/[ \t]+$/, '');
    const text = known.length === 0 ? kept : `${spaces}[${known.join(', ')}]`;
    return { length: spaces.length + list[0].length, text };
  }

  private nextOfCode(isEnd: boolean) {
    const { held } = this;
    if (!isEnd && FENCE.startsWith(held)) return undefined;
    if (held.startsWith(FENCE)) {
      this.inFence = true;
      return whole(FENCE);
    }
    const end = /[`\n]/.exec(held.slice(1));
    if (!end && !isEnd && held.length <= MAX_HELD_CHARACTERS) return undefined;
    return end?.[0] === '`' ? whole(held.slice(0, end.index + 2)) : whole('`');
  }

  private nextOfFence(isEnd: boolean) {
    const { held } = this;
    const end = held.indexOf(FENCE);
    if (end !== -1) {
      this.inFence = false;
      return whole(held.slice(0, end + FENCE.length));
    }
    if (isEnd) return whole(held);
    const decided = held.length - (FENCE.length - 1);
    return decided > 0 ? whole(held.slice(0, decided)) : undefined;
  }
}

function whole(text: string) {
  return { length: text.length, text };
}
