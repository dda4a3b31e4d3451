import { AppError } from '../http/app-error.ts';

/** The longest line. Entries are far smaller; an endless line must not fill the memory. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/**
 * The lines of a text that comes in pieces, without empty ones; the rest of a line that is too long is left out.
 * @param maxBytes what the pieces may have in all
 * @throws AppError `payload_too_large`, once the lines before the limit were given; what the pieces threw
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let line = '';
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new AppError('payload_too_large');
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n');
    line += first.slice(0, MAX_LINE_CHARS - line.length);
    for (const next of others) {
      if (line.trim() !== '') yield line;
      line = next.slice(0, MAX_LINE_CHARS);
    }
  }
  if (line.trim() !== '') yield line;
}
