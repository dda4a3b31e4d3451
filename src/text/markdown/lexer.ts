import { Lexer, type MarkedToken, Tokenizer, type Tokens } from 'marked';

/**
 * Splits Markdown into its outermost blocks, in linear time: what stands within lists and quotes is left as text.
 * Link definitions come as paragraphs. Line ends must be `\n` alone.
 */
export function lexBlocks(markdown: string): MarkedToken[] {
  const lexer = new FlatLexer({ gfm: true, tokenizer: new FlatTokenizer() });
  return lexer.blockTokens(markdown) as MarkedToken[];
}

class FlatLexer extends Lexer {
  private isNested = false;

  // Lists and quotes call this for their contents: ten thousand nested ones would overflow the stack.
  override blockTokens(markdown: string, tokens: Tokens.Generic[] = []): MarkedToken[] & Lexer['tokens'] {
    if (!this.isNested) {
      this.isNested = true;
      super.blockTokens(markdown, tokens);
      this.isNested = false;
    }
    return tokens as MarkedToken[] & Lexer['tokens'];
  }
}

class FlatTokenizer extends Tokenizer {
  // The inherited one begins the quote anew at each line without a marker.
  override blockquote(markdown: string): Tokens.Blockquote | undefined {
    const raw = this.rules.block.blockquote.exec(markdown)?.[0].trimEnd();
    return raw === undefined ? undefined : { type: 'blockquote', raw, text: raw, tokens: [] };
  }

  override def(): undefined {
    return undefined;
  }
}
