import type { DocumentFormat } from '../../schemas/file-kinds.ts';
import { countTokens } from '../../text/tokens.ts';
import { type Block, blockText, paragraph } from './blocks.ts';
import { GAP, removeEmptiedUrls, replaceEmbeddedData } from './embedded-data.ts';
import { type FrontMatter, readFrontMatter } from './front-matter.ts';
import { type ChunkLimits, countWithin, cutBlock, type Sized } from './split-block.ts';
import { readHtml, readHtmlTitle } from './html/html.ts';
import { readMarkdown, readMarkdownTitle } from './markdown/markdown.ts';
import { removeSiteMarkup } from './markdown/site-markup.ts';

/** The parts of a document that chunking reads. A heading that repeats the title is dropped. */
export interface SourceDocument {
  title: string | null;
  text: string;
  format: DocumentFormat;
}

/** A part of a document that is found and cited as one. */
export interface Chunk {
  /** Counted from 0. */
  ordinal: number;
  /** The headings above it, `A > B`; null without any. */
  heading: string | null;
  /** Markdown, or plain text if the document is. */
  text: string;
  /** The tokens of the text alone, at most `maxTokens`. */
  tokens: number;
}

/** Small embedding models read 512 word pieces. Raising the limit leaves less room for the title and the headings. */
const defaultLimits: ChunkLimits = { maxTokens: 320, overlapTokens: 40 };
const separatorTokens = 4;

/** How the documents of one format are read, after their front matter. */
interface FormatReader {
  hasFrontMatter: boolean;
  readTitle(text: string): string | null;
  readBlocks(text: string, title: string | null): Iterable<Block>;
}

const formats: Record<DocumentFormat, FormatReader> = {
  markdown: {
    hasFrontMatter: true,
    readTitle: (text) => readMarkdownTitle(removeSiteMarkup(text)),
    readBlocks: (text, title) => readMarkdown([removeSiteMarkup(text)], title),
  },
  html: {
    hasFrontMatter: true,
    readTitle: readHtmlTitle,
    readBlocks: (text, title) => readMarkdown(readHtml(text), title),
  },
  text: { hasFrontMatter: false, readTitle: () => null, readBlocks: readText },
};

/** Reads the paragraphs of plain text. A repeated group in the expression would overflow the stack at millions of lines. */
function* readText(text: string): Generator<Block> {
  for (const part of removeEmptiedUrls(text).split(/\n[^\S\n]*\n(?:\s*\n)?/)) yield paragraph(null, part);
}

/** The text without a byte order mark and embedded data, its lines ended by `\n` alone, and its front matter. */
function openDocument({ text, format }: Omit<SourceDocument, 'title'>): FrontMatter {
  const body = replaceEmbeddedData(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  return formats[format].hasFrontMatter ? readFrontMatter(body) : { fields: {}, body };
}

/**
 * Cuts a document into chunks of at most one section. Only a block that is too long by itself is cut, and only then chunks
 * overlap. Takes time in proportion to the document, and little between two chunks.
 * @throws UnreadableDocumentError if the HTML is nested too deeply
 */
export function* chunkDocument(
  document: SourceDocument,
  options: Partial<ChunkLimits> = {},
): Generator<Chunk> {
  const { fields, body } = openDocument(document);
  const blocks = formats[document.format].readBlocks(body, document.title);
  const limits = { ...defaultLimits, ...options };
  let ordinal = 0;
  for (const chunk of packBlocks(blocks, limits)) yield { ordinal: ordinal++, ...chunk };
  if (ordinal > 0) return;
  // The front page of a section often has front matter alone.
  const text = [fields.description, fields.title].find((field) => typeof field === 'string') ?? '';
  for (const chunk of packBlocks([paragraph(null, text)], limits)) yield { ordinal: ordinal++, ...chunk };
}

/** What a document says about itself. */
export interface DocumentProperties {
  /** Of the front matter, else its first heading of the first level, or the heading that it begins with. */
  title: string | null;
  /** The other fields of the front matter, of any type. */
  fields: Record<string, unknown>;
}

/** Reads a document's properties. */
export function readProperties(document: Omit<SourceDocument, 'title'>): DocumentProperties {
  const { fields, body } = openDocument(document);
  const { title: named, Title: capital = named, ...others } = fields;
  const given = typeof capital === 'string' || typeof capital === 'number' ? String(capital).trim() : '';
  return { title: given || formats[document.format].readTitle(body), fields: others };
}

/** Joins neighbouring blocks of one section as long as they fit. */
function* packBlocks(blocks: Iterable<Block>, limits: ChunkLimits): Generator<Omit<Chunk, 'ordinal'>> {
  let heading: string | null = null;
  let open: Sized[] = [];
  const close = () => ({ heading, ...join(open) });
  for (const block of blocks) {
    const text = blockText(block);
    if (text === '' || text === GAP) continue;
    const sized = { text, tokens: countWithin(text, limits.maxTokens) };
    const isNewSection = block.heading !== heading;
    if (open.length > 0 && (isNewSection || sumTokens([...open, sized]) > limits.maxTokens)) {
      const introduction = isNewSection ? [] : takeIntroduction(open, sized, limits);
      yield close();
      open = introduction;
    }
    heading = block.heading;
    if (sized.tokens <= limits.maxTokens) {
      open.push(sized);
      continue;
    }
    for (const piece of cutBlock(block, limits)) {
      if (open.length > 0) yield close();
      open = [piece];
    }
  }
  if (open.length > 0) yield close();
}

function join(blocks: Sized[]): Sized {
  const [only] = blocks;
  if (only && blocks.length === 1) return only;
  const text = blocks.map((block) => block.text).join('\n\n');
  return { text, tokens: countTokens(text) };
}

/** The most tokens of joined blocks. The tokens of the empty line between two depend on the indentation after it. */
function sumTokens(blocks: Sized[]): number {
  return blocks.reduce((sum, { tokens }) => sum + tokens + separatorTokens, -separatorTokens);
}

/** Removes the block that announces the next one ("…:") from the open chunk, if both fit into one. */
function takeIntroduction(open: Sized[], next: Sized, limits: ChunkLimits): Sized[] {
  const last = open.at(-1);
  const belongs = open.length > 1 && last?.text.endsWith(':');
  return last && belongs && sumTokens([last, next]) <= limits.maxTokens ? open.splice(-1) : [];
}
