/** Stands where data was taken out. */
export const GAP = '…';
/** The head of a data URL (RFC 2397). */
const DATA_URL = /data:[a-z]+\/[a-z\d.+-]+(?:;[\w.=+-]+)*,/gi;
/** Payloads up to this length stay: a text about data URLs shows short ones. */
const SHORT_PAYLOAD = 64;
/** A part of base64 data: characters, an escape, or a line end before more of it. */
const BASE64_PART =
  /[A-Za-z\d+/=_-]+|%[\dA-Fa-f]{2}|(?:\\n|\\?\r?\n)[ \t>]*(?=[A-Za-z\d+/]{40}|[A-Za-z\d+/]{1,39}=)/y;
const UNQUOTED_PART = /[^\s"'<>()`]*/y;
/** A line of wrapped base64, in a quotation, a list of strings or by itself, and the last line of such a block. */
const BASE64_LINE = /^[ \t>"']*([A-Za-z\d+/]{60,}={0,2})(?:\\n)?[",' \t\\]*$/;
const LAST_LINE = /^[ \t>"']*[A-Za-z\d+/]+={0,2}(?:\\n)?[",' \t\\]*$/;
/** Base64, its form for URLs, or hexadecimal digits. */
const LONG_RUN = /(?<![\w+/-])[\w+/-]{256,}={0,2}/g;
/** Base64 without a data URL is taken for data from this many characters on. */
const LEAST_DATA = 256;
/** The head of a data URL whose payload was taken out, outside of code. */
const EMPTIED_URL = /<?data:[a-z]+\/[\w.+;=-]*,…>?/gi;

/**
 * Replaces encoded data within a text, such as pictures, by an ellipsis: the payloads of data URLs, however they are
 * embedded, and blocks of base64. Takes linear time.
 */
export function replaceEmbeddedData(text: string): string {
  return replaceBlocks(replacePayloads(text));
}

/** Removes from prose the data URLs that `replaceEmbeddedData` emptied. */
export function removeEmptiedUrls(prose: string): string {
  return prose.replace(EMPTIED_URL, '');
}

function replacePayloads(text: string): string {
  let kept = '';
  let at = 0;
  const hasNoMore = new Set<string>();
  DATA_URL.lastIndex = 0;
  for (let head = DATA_URL.exec(text); head; head = DATA_URL.exec(text)) {
    const start = DATA_URL.lastIndex;
    const quote = text[head.index - 1] ?? '';
    let end = start;
    if (/;base64,$/i.test(head[0])) end = endOfBase64(text, start);
    else if ((quote === '"' || quote === "'") && !hasNoMore.has(quote)) {
      end = text.indexOf(quote, start);
      if (end < 0) hasNoMore.add(quote);
    } else end = endOfPart(UNQUOTED_PART, text, start);
    if (end - start <= SHORT_PAYLOAD) continue;
    kept += text.slice(at, start) + GAP;
    at = end;
    DATA_URL.lastIndex = end;
  }
  return kept + text.slice(at);
}

function endOfBase64(text: string, start: number): number {
  let end = start;
  for (;;) {
    const next = endOfPart(BASE64_PART, text, end);
    if (next === end) return end;
    end = next;
  }
}

function endOfPart(part: RegExp, text: string, start: number): number {
  part.lastIndex = start;
  return part.test(text) ? part.lastIndex : start;
}

function replaceBlocks(text: string): string {
  const kept: string[] = [];
  let block: string[] = [];
  let data = '';
  const close = () => {
    if (data.length >= LEAST_DATA && isEncoded(data)) kept.push(GAP);
    else for (const line of block) kept.push(line);
    block = [];
    data = '';
  };
  for (const line of text.split('\n')) {
    const found = line.length < 60 ? undefined : BASE64_LINE.exec(line)?.[1];
    if (found !== undefined) data += found;
    if (found !== undefined || (data !== '' && LAST_LINE.test(line))) block.push(line);
    if (found !== undefined) continue;
    const isLast = block.at(-1) === line;
    if (block.length > 0) close();
    if (!isLast)
      kept.push(
        line.length < LEAST_DATA ? line : line.replace(LONG_RUN, (run) => (isEncoded(run) ? GAP : run)),
      );
  }
  close();
  return kept.join('\n');
}

/** Whether letters of both cases and digits are mixed as in encoded data, or as in hexadecimal digits, unlike a word or a path. */
function isEncoded(run: string): boolean {
  const sample = run.slice(0, 4_000);
  const share = (signs: RegExp) => (sample.match(signs)?.length ?? 0) / sample.length;
  if (/^[\da-f]+$/i.test(sample)) return share(/[a-f]/gi) > 0.1 && share(/\d/g) > 0.1;
  return share(/[A-Z]/g) > 0.03 && share(/[a-z]/g) > 0.03 && share(/\d/g) > 0.015 && share(/\//g) < 0.12;
}
