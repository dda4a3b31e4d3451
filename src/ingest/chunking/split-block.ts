import { characterBoundary } from '../../text/sentences.ts';
import { countTokens } from '../../text/tokens.ts';
import { type Block, splitAtSentences, splitLines, splitWords, trimLines } from './blocks.ts';

/** Sizes in tokens; `maxTokens` is at least 16. */
export interface ChunkLimits {
  maxTokens: number;
  /** How much of a piece is repeated in the next one when a block is cut, at most. */
  overlapTokens: number;
}

/** A text and its tokens. */
export interface Sized {
  text: string;
  tokens: number;
}

type Split = (text: string) => string[];

const splits: Record<Block['cutAt'], Split[]> = {
  lines: [splitLines, splitAtSentences, splitWords],
  sentences: [splitAtSentences, splitLines, splitWords],
};

/** The tokens of a text. Returns infinity, without counting, for a text much too long for `maxTokens`. */
export function countWithin(text: string, maxTokens: number): number {
  return text.length > maxTokens * 16 ? Infinity : countTokens(text);
}

/**
 * Cuts a block that is too long into pieces within the limits: between its parts where they fit, else at finer and finer
 * ends. Each piece has the block's opening and closing, and begins with the end of the piece before.
 */
export function* cutBlock(block: Block, limits: ChunkLimits): Generator<Sized> {
  const frameTokens = countWithin(block.opening + block.closing, limits.maxTokens);
  if (frameTokens > limits.maxTokens / 2) {
    const parts = [block.opening, ...block.parts, block.closing];
    yield* cutBlock({ ...block, opening: '', parts, closing: '' }, limits);
    return;
  }
  const budget = limits.maxTokens - frameTokens;
  let piece: Sized[] = [];
  let used = 0;
  for (const part of fitParts(block, budget)) {
    if (used + part.tokens > budget) {
      yield* emit(block, piece, limits.maxTokens);
      piece = takeOverlap(piece, Math.min(limits.overlapTokens, budget - part.tokens));
      used = piece.reduce((sum, { tokens }) => sum + tokens, 0);
    }
    piece.push(part);
    used += part.tokens;
  }
  yield* emit(block, piece, limits.maxTokens);
}

function* fitParts({ parts, cutAt }: Block, budget: number): Generator<Sized> {
  for (const part of parts) yield* fit(part, budget, splits[cutAt]);
}

function* fit(text: string, budget: number, [split, ...finer]: Split[]): Generator<Sized> {
  const tokens = countWithin(text, budget);
  if (tokens <= budget) {
    yield { text, tokens };
    return;
  }
  if (split) for (const part of split(text)) yield* fit(part, budget, finer);
  else for (const part of slice(text, budget)) yield { text: part, tokens: countTokens(part) };
}

/** Slices that fit for certain: a UTF-16 unit has at most three bytes, and a byte at most one token. */
function slice(text: string, budget: number): string[] {
  const slices: string[] = [];
  const size = Math.max(2, Math.floor(budget / 3));
  for (let start = 0; start < text.length;) {
    const end = characterBoundary(text, Math.min(text.length, start + size));
    slices.push(text.slice(start, end));
    start = end;
  }
  return slices;
}

function takeOverlap(piece: Sized[], maxTokens: number): Sized[] {
  let tokens = 0;
  let from = piece.length;
  while (from > 0) {
    tokens += piece[from - 1]?.tokens ?? 0;
    if (tokens > maxTokens) break;
    from--;
  }
  return piece.slice(from);
}

/** Joined or trimmed parts may have more tokens than were counted. Then the piece is halved. */
function* emit(block: Block, piece: Sized[], maxTokens: number): Generator<Sized> {
  const text = frame(block, piece);
  if (text === '') return;
  const tokens = countTokens(text);
  if (tokens <= maxTokens) {
    yield { text, tokens };
    return;
  }
  const [only] = piece;
  const parts = only && piece.length === 1 ? halve(only) : piece;
  const middle = Math.ceil(parts.length / 2);
  yield* emit(block, parts.slice(0, middle), maxTokens);
  yield* emit(block, parts.slice(middle), maxTokens);
}

function halve({ text, tokens }: Sized): Sized[] {
  const middle = characterBoundary(text, Math.ceil(text.length / 2));
  return [text.slice(0, middle), text.slice(middle)].map((half) => ({ text: half, tokens }));
}

function frame({ opening, closing, cutAt }: Block, piece: Sized[]): string {
  const text = piece.map((part) => part.text).join('');
  const trimmed = cutAt === 'lines' ? trimLines(text) : text.trim();
  return trimmed && trimLines(`${opening}${trimmed}${closing && `\n${closing}`}`);
}
