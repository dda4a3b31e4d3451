import { type Block, paragraph } from './blocks.ts';

/**
 * Reads plain text: its paragraphs stand between empty lines. A group repeated for each of them would overflow the stack
 * where there are millions.
 */
export function* readText(text: string): Generator<Block> {
  for (const part of text.replace(/\r\n?/g, '\n').split(/\n[^\S\n]*\n(?:\s*\n)?/))
    yield paragraph(null, part);
}
