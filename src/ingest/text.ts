import { type Block, paragraph } from './chunking-blocks.ts';

/** Reads plain text: its paragraphs stand between empty lines. */
export function* readText(text: string): Generator<Block> {
  for (const part of text.replace(/\r\n?/g, '\n').split(/\n(?:[^\S\n]*\n)+/)) yield paragraph(null, part);
}
