import { isUtf8 } from 'node:buffer';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeHTML } from 'entities';
import { chunkDocument } from '../src/ingest/chunking/chunking.ts';
import { UnreadableDocumentError } from '../src/ingest/documents/unreadable-document.ts';
import { toPlainText } from '../src/text/markdown/plain-text.ts';

/** A page with what a reader expects of its content. */
interface Page {
  name: string;
  html: string;
  judge: (text: string) => { recall: number; precision: number };
}

/** The fields of one page of an evaluation list: sentences of the content, and sentences around it. */
interface ListedPage {
  file: string;
  with?: string[];
  without?: string[];
}

/**
 * Measures what is read of web pages. The folder holds either folders with `source.html` and `expected.html`, or a list
 * `evaldata.json` with the pages in `eval/` and `cache/`. Prints the mean recall and precision, and the worst pages.
 */
async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error('usage: npm run bench:pages -- FOLDER');
  const scores: { name: string; recall: number; precision: number }[] = [];
  const started = performance.now();
  for await (const { name, html, judge } of readPages(folder))
    scores.push({ name, ...judge(readContent(html)) });
  const mean = (pick: 'recall' | 'precision') =>
    (scores.reduce((sum, score) => sum + score[pick], 0) / scores.length).toFixed(3);
  const worst = scores.toSorted((a, b) => a.recall - b.recall).slice(0, 15);
  for (const { name, recall, precision } of worst)
    console.log(`${recall.toFixed(2)} ${precision.toFixed(2)} ${name}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(
    `${scores.length} pages in ${seconds} s: recall ${mean('recall')}, precision ${mean('precision')}`,
  );
}

async function* readPages(folder: string): AsyncGenerator<Page> {
  const list = await readFile(join(folder, 'evaldata.json'), 'utf8').catch(() => undefined);
  if (list !== undefined) yield* readListedPages(folder, JSON.parse(list) as Record<string, ListedPage>);
  else yield* readPagesWithContent(folder);
}

async function* readPagesWithContent(folder: string): AsyncGenerator<Page> {
  for (const path of (await Array.fromAsync(glob('**/source.html', { cwd: folder }))).sort()) {
    const name = dirname(path);
    const expected = await readFile(join(folder, name, 'expected.html'), 'utf8');
    const words = wordsOf(decodeHTML(expected.replace(/<[^<>]*>/g, ' ')));
    yield {
      name,
      html: await readFile(join(folder, path), 'utf8'),
      judge: (text) => compareWords(text, words),
    };
  }
}

async function* readListedPages(folder: string, list: Record<string, ListedPage>): AsyncGenerator<Page> {
  for (const { file, with: inside = [], without = [] } of Object.values(list)) {
    const bytes = await readFile(join(folder, 'eval', file)).catch(() =>
      readFile(join(folder, 'cache', file)),
    );
    yield { name: file, html: decode(bytes), judge: (text) => findSentences(text, inside, without) };
  }
}

/** Pages that are not UTF-8 are taken for the encoding that the old web used most. */
function decode(bytes: Buffer): string {
  return new TextDecoder(isUtf8(bytes) ? 'utf-8' : 'windows-1252').decode(bytes);
}

/** The text of all chunks with their headings. */
function readContent(html: string): string {
  try {
    return [...chunkDocument({ title: null, text: html, format: 'html' }, { overlapTokens: 0 })]
      .map(({ heading, text }) => `${heading ?? ''}\n${toPlainText(text)}`)
      .join('\n');
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return '';
  }
}

function wordsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** The share of the expected words that the text has, and the share of the text's words that are expected. */
function compareWords(text: string, expected: Map<string, number>): { recall: number; precision: number } {
  const found = wordsOf(text);
  let common = 0;
  for (const [word, count] of expected) common += Math.min(count, found.get(word) ?? 0);
  return { recall: common / Math.max(1, sumOf(expected)), precision: common / Math.max(1, sumOf(found)) };
}

function sumOf(counts: Map<string, number>): number {
  return counts.values().reduce((total, count) => total + count, 0);
}

function findSentences(
  text: string,
  inside: string[],
  without: string[],
): { recall: number; precision: number } {
  const folded = fold(text);
  const has = (sentence: string) => folded.includes(fold(sentence));
  const found = inside.filter(has).length;
  const wrong = without.filter(has).length;
  return {
    recall: inside.length > 0 ? found / inside.length : 1,
    precision: found + wrong > 0 ? found / (found + wrong) : 1,
  };
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');
}

await main(process.argv[2]);
