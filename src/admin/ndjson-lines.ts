/** An entry is far smaller; a line without end must not fill the memory. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/**
 * The lines of a text that comes in pieces, without empty ones; the rest of a line that is too long is left out.
 * @throws what the pieces threw
 */
export async function* readLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
