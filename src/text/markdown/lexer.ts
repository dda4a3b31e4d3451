import { Lexer, type MarkedToken, Tokenizer, type Tokens } from 'marked';

/**
 * Splits Markdown into its outermost blocks, in linear time. Blocks within lists and quotes stay text. Link definitions
 * are paragraphs. Line ends must be `\n` alone.
 */
export function lexBlocks(markdown: string): MarkedToken[] {
  const lexer = new FlatLexer({ gfm: true, tokenizer: new FlatTokenizer() });
  return lexer.blockTokens(markdown) as MarkedToken[];
}

class FlatLexer extends Lexer {
  private isNested = false;

  // Lists and quotes call this method for their contents. Ten thousand nested ones would overflow the stack.
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
  // The inherited method parses the quote again at each line without a marker.
  override blockquote(markdown: string): Tokens.Blockquote | undefined {
    const raw = this.rules.block.blockquote.exec(markdown)?.[0].trimEnd();
    return raw === undefined ? undefined : { type: 'blockquote', raw, text: raw, tokens: [] };
  }

  override def(): undefined {
    return undefined;
  }
}
