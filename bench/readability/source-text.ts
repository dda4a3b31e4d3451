import { readHtmlUnits } from './html-units.ts';
import { readMarkdownUnits, withoutSiteMarkup } from './markdown-units.ts';
import { splitIntoSentences, wordsOf, type Unit } from './units.ts';
import type { DataDocument } from '../data-set.ts';

/** A place in a source: its first word, and the one after its last. */
interface Place {
  start: number;
  end: number;
}

/** The words of a document in order, with the units that they form. */
export class SourceText {
  private readonly words: string[] = [];
  private readonly lineAt: (number | undefined)[] = [];
  private readonly starts = new Set<number>();
  private readonly ends = new Set<number>();
  private readonly headings = new Set<string>();
  private readonly placesByWord = new Map<string, number[]>();

  private constructor(units: Iterable<Unit>) {
    let line = 0;
    for (const { text, kind } of units) {
      const words = wordsOf(text);
      if (words.length === 0) continue;
      if (kind === 'code') line++;
      if (kind === 'heading') this.headings.add(words.join(' '));
      this.starts.add(this.words.length);
      for (const word of words) {
        this.lineAt.push(kind === 'code' ? line : undefined);
        this.words.push(word);
      }
      this.ends.add(this.words.length);
    }
    for (const [place, word] of this.words.entries()) {
      const places = this.placesByWord.get(word);
      if (places) places.push(place);
      else this.placesByWord.set(word, [place]);
    }
  }

  /** Reads a document in its format; the title is a heading. */
  static read({ title, text, format = 'markdown' }: DataDocument): SourceText {
    return new SourceText(readUnits(title, text, format));
  }

  isHeading(words: readonly string[]): boolean {
    return this.headings.has(words.join(' '));
  }

  /** Whether a unit begins with these words somewhere. */
  beginsWith(words: readonly string[]): boolean {
    return this.find(words).some(({ start }) => this.starts.has(start));
  }

  /** Whether a unit ends with these words somewhere. */
  endsWith(words: readonly string[]): boolean {
    return this.find(words).some(({ end }) => this.ends.has(end));
  }

  contains(words: readonly string[]): boolean {
    return this.find(words).length > 0;
  }

  /** The lines of code that these words touch at their first place; none when they stand in prose as well. */
  codeAt(words: readonly string[]): number[] {
    const places = this.find(words).map(({ start, end }) =>
      this.lineAt.slice(start, end).filter((line) => line !== undefined),
    );
    return places.every((lines) => lines.length > 0) ? (places[0] ?? []) : [];
  }

  private find(words: readonly string[]): Place[] {
    const [first] = words;
    if (first === undefined) return [];
    return (this.placesByWord.get(first) ?? [])
      .filter((start) => words.every((word, index) => this.words[start + index] === word))
      .map((start) => ({ start, end: start + words.length }));
  }
}

function* readUnits(title: string | undefined, text: string, format: string): Generator<Unit> {
  if (title) yield { text: title, kind: 'heading' };
  if (format === 'html') yield* readHtmlUnits(text);
  else if (format === 'markdown') yield* readMarkdownUnits(withoutSiteMarkup(text));
  else for (const line of text.split(/\r?\n/)) yield* splitIntoSentences(line);
}
