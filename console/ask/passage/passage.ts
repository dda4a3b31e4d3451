import { signal } from '@preact/signals';
import { callJson } from '../../shared/api.ts';
import type { Source } from '../conversation/answer-types.ts';

/** A part of a document. */
export interface Part {
  chunk_id: string;
  heading: string | null;
  text: string;
}

/** A passage in its surroundings. */
export interface Passage extends Part {
  document_id: string;
  title: string | null;
  url: string | null;
  before: Part[];
  after: Part[];
}

/** The passage that is shown. */
export interface OpenPassage {
  /** Another one each time that a passage is opened. */
  opening: number;
  source: Source;
  passage: Passage | undefined;
  failure: string | undefined;
}

/** The passage that is shown now. */
export const shownPassage = signal<OpenPassage | undefined>(undefined);

/** What opened it, which gets the focus back, and how far below the top of the window that stood. */
let opener: { element: HTMLElement; top: number } | undefined;
let openings = 0;
let reading = new AbortController();

/** Shows the passage of a source. */
export function openPassage(source: Source, element: HTMLElement): void {
  opener = { element, top: element.getBoundingClientRect().top };
  const opened = { opening: ++openings, source, passage: undefined, failure: undefined };
  shownPassage.value = opened;
  void readPassage(opened);
}

/** Keeps what opened the passage where it stands in the window, while the page around it changes. */
export function holdScrollPlace(): void {
  if (!opener?.element.isConnected) return;
  scrollBy({ top: opener.element.getBoundingClientRect().top - opener.top, behavior: 'instant' });
}

/** Puts the passage away and returns to where one was. */
export function closePassage(): void {
  reading.abort();
  shownPassage.value = undefined;
}

/** Returns the focus, once the passage is away. */
export function returnFocus(): void {
  const { element } = opener ?? {};
  opener = undefined;
  if (element?.isConnected) element.focus({ preventScroll: true });
  else document.getElementById('main')?.focus({ preventScroll: true });
}

async function readPassage(opened: OpenPassage): Promise<void> {
  reading.abort();
  reading = new AbortController();
  const { signal: ends } = reading;
  try {
    const path = `passages/${encodeURIComponent(opened.source.chunk_id)}`;
    const passage = await callJson<Passage>(path, { headers: { accept: 'application/json' }, signal: ends });
    if (!ends.aborted) shownPassage.value = { ...opened, passage };
  } catch (error) {
    if (ends.aborted) return;
    const failure = error instanceof Error ? error.message : '';
    shownPassage.value = { ...opened, failure };
  }
}
