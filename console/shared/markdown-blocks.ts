import { Lexer, Tokenizer, type Token, type Tokens } from 'marked';

/** Raised, quotes and lists nest deeper before the rest of them is text, and a narrow screen has no place for them. */
const MAX_DEPTH = 8;
/** Characters of a text; a longer one is not read as Markdown. Raised, a page stands still for longer. */
const MAX_CHARS = 60_000;
/** Characters that are looked at, those that are looked at again included. Raised, a text made to be slow holds the page for longer. */
const MAX_WORK = 20_000_000;
/** Cells of a table; a larger one is text. Raised, a short text can make a page of empty cells. */
const MAX_CELLS = 4_000;

class TooMuchWork extends Error {}

/**
 * Reads Markdown without what reaches beyond its block: HTML is text, and there are no definitions of links, so that a block
 * means the same wherever it stands.
 */
class BlockTokenizer extends Tokenizer {
  private depth = 0;
  private work = 0;

  override html = nothing;
  override tag = nothing;
  override def = nothing;
  override reflink = nothing;

  // Called for each block and for each part of a line.
  override space(src: string): Tokens.Space | undefined {
    this.count(src);
    return super.space(src);
  }

  override escape(src: string): Tokens.Escape | undefined {
    this.count(src);
    return super.escape(src);
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.nest(() => super.blockquote(src));
  }

  override list(src: string): Tokens.List | undefined {
    return this.nest(() => super.list(src));
  }

  override table(src: string): Tokens.Table | undefined {
    const [head = '', ...rows] = src.split(/\n[^\S\n]*\n/, 1)[0]!.split('\n');
    return head.split('|').length * rows.length > MAX_CELLS ? undefined : super.table(src);
  }

  private nest<T>(read: () => T): T | undefined {
    if (this.depth >= MAX_DEPTH) return undefined;
    this.depth++;
    try {
      return read();
    } finally {
      this.depth--;
    }
  }

  private count(src: string): void {
    this.work += src.length;
    if (this.work > MAX_WORK) throw new TooMuchWork();
  }
}

function nothing(): undefined {
  return undefined;
}

/** Splits Markdown into its blocks. A text that cannot be read, or not in time, is one block of plain text. */
export function readBlocks(text: string): Token[] {
  // The lexer makes a line end of each.
  const source = text.replaceAll('\r', '');
  if (source.length <= MAX_CHARS) {
    try {
      return new Lexer({ gfm: true, breaks: true, tokenizer: new BlockTokenizer() }).lex(source);
    } catch {
      // Such as an overflow of the stack; the text stays readable as it is written.
    }
  }
  return [{ type: 'plain', raw: source }];
}

/** Markdown that grows at its end. Blocks that can no longer change are read once, and stay the same objects. */
export class GrowingBlocks {
  private finished: Token[] = [];
  private open: Token[] = [];
  private rest = '';
  private whole = '';

  /** All blocks, with the one that is still being written. */
  get blocks(): readonly Token[] {
    return [...this.finished, ...this.open];
  }

  append(text: string): void {
    this.whole += text;
    this.rest += text;
    this.take(readBlocks(this.rest));
  }

  /**
   * Reads the text as a whole: a line that was taken for the beginning of something else has cut the block before it. The text
   * may still grow.
   */
  settle(): void {
    const { blocks } = this;
    this.finished = [];
    this.rest = this.whole;
    const tokens = readBlocks(this.whole).map((token, index) => {
      const known = blocks[index];
      return known?.raw === token.raw && known.type === token.type ? known : token;
    });
    this.take(tokens);
  }

  /** Takes the blocks of the rest. */
  private take(tokens: Token[]): void {
    // Only the last block can go on: a blank line ends no list, and no code.
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    if (last > 0) {
      this.finished.push(...tokens.slice(0, last));
      this.rest = tokens
        .slice(last)
        .map(({ raw }) => raw)
        .join('');
    }
    this.open = tokens.slice(Math.max(last, 0));
  }
}
