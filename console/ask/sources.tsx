import { computed } from '@preact/signals';
import type { ComponentChild } from 'preact';
import type { Source } from './conversation/answer-types.ts';
import { openPassage } from './passage/passage.ts';
import type { Turn } from './conversation/turn.ts';

/** Citations as the service finds them: numbers in brackets, in no code, and no link. */
const CODE_OR_CITATION = /```[\s\S]*?(?:```|$)|`[^`\n]*`|\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/** The numbers that a text cites, in the order in which they come first. */
function findCited(text: string): number[] {
  const numbers = [...text.matchAll(CODE_OR_CITATION)].flatMap(([, list = '']) => list.match(/\d+/g) ?? []);
  return [...new Set(numbers.map(Number))];
}

/** What a source is called. */
export function nameOf({ title, document_id }: Pick<Source, 'title' | 'document_id'>): string {
  return title ?? document_id;
}

const nameable = new WeakMap<Turn, { value: ReadonlySet<number> }>();

/** The numbers that can be cited now. One signal for each turn, which changes only when the numbers do. */
function numbersOf(turn: Turn): ReadonlySet<number> {
  let numbers = nameable.get(turn);
  if (!numbers) {
    numbers = computed(() => new Set(turn.sources.value.map(({ number }) => number)));
    nameable.set(turn, numbers);
  }
  return numbers.value;
}

/** `[n]` in a text: a button that opens the passage, once its source is known. */
export function Citation({ turn, number }: { turn: Turn; number: number }) {
  if (!numbersOf(turn).has(number)) return <>[{number}]</>;
  const source = turn.sources.value.find((known) => known.number === number)!;
  return (
    <button
      type="button"
      class="ask-citation"
      aria-haspopup="dialog"
      aria-label={`Source ${number}: ${nameOf(source)}`}
      onClick={({ currentTarget }) => openPassage(source, currentTarget)}
    >
      {number}
    </button>
  );
}

/** The passages that were found, before and while the text is written. */
export function FoundSources({ sources }: { sources: readonly Source[] }) {
  return (
    <ul class="ask-found" aria-label="Passages that were found">
      {sources.map((source) => (
        <li key={source.number}>
          <button
            type="button"
            aria-haspopup="dialog"
            onClick={({ currentTarget }) => openPassage(source, currentTarget)}
          >
            <span class="ask-number">{source.number}</span>
            <bdi>
              {nameOf(source)}
              {source.heading !== null && <span class="soft"> · {source.heading}</span>}
            </bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The passages below a complete answer: first what it cites, the others folded. */
export function Sources({ text, sources }: { text: string; sources: readonly Source[] }) {
  const cited = findCited(text);
  const first = cited.flatMap((number) => sources.filter((source) => source.number === number));
  const others = sources.filter((source) => !first.includes(source));
  if (sources.length === 0) return null;
  return (
    <div class="ask-sources">
      {first.length > 0 && <List sources={first} name="Sources" />}
      {others.length > 0 && (
        <details>
          <summary>
            {others.length} {first.length > 0 ? 'more ' : ''}
            {others.length === 1 ? 'passage was' : 'passages were'} found
          </summary>
          <List sources={others} name="Other passages" />
        </details>
      )}
    </div>
  );
}

function List({ sources, name }: { sources: readonly Source[]; name: string }) {
  return (
    <ul aria-label={name}>
      {sources.map((source) => (
        <li key={source.number}>
          <button
            type="button"
            class="ask-source"
            aria-haspopup="dialog"
            onClick={({ currentTarget }) => openPassage(source, currentTarget)}
          >
            <span class="ask-number">{source.number}</span>
            <span class="ask-source-text">
              <span class="ask-source-title" dir="auto">
                {nameOf(source)}
                {source.heading !== null && <span class="soft"> · {source.heading}</span>}
              </span>
              <span class="ask-excerpt" dir="auto">
                {highlight(source)}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The excerpt with the question's terms marked. */
function highlight({ excerpt, highlights }: Source): ComponentChild[] {
  const parts: ComponentChild[] = [];
  let end = 0;
  for (const place of highlights) {
    if (place.start < end || place.end > excerpt.length) continue;
    parts.push(excerpt.slice(end, place.start), <mark>{excerpt.slice(place.start, place.end)}</mark>);
    ({ end } = place);
  }
  return [...parts, excerpt.slice(end)];
}
