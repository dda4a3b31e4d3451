import { effect, signal } from '@preact/signals';
import { poll } from '../shared/polling.ts';
import { readPages, type ListedDocument } from './documents-api.ts';
import { uploadQueue } from './upload/upload-queue.ts';

/** The list as it was read last. */
export interface ListView {
  documents: ListedDocument[];
  hasMore: boolean;
  /** What the documents were filtered by. */
  search: string;
}

const PAGE = 50;
const PAUSE_MS = 5_000;
const LIMIT_MS = 20_000;
/** How long after a change the list is read: typing and uploads change it again and again. */
const SETTLE_MS = 200;

/** What the list is filtered by. */
export const filter = signal('');
/** How many pages are shown. */
export const pageCount = signal(1);
/** The list; it is kept while a document is shown. */
export const list = signal<ListView | undefined>(undefined);
/** Why the last attempt to read the list failed. */
export const listFailure = signal<Error | undefined>(undefined);
/** The ids that are selected. */
export const selected = signal<ReadonlySet<string>>(new Set());

let readNow: () => void = () => undefined;

/** Reads the list again, as after a deletion. */
export function reloadList(): void {
  readNow();
}

/** Keeps the list up to date until the returned function is called. */
export function watchList(): () => void {
  const poller = poll(readList, { pauseMs: PAUSE_MS, limitMs: LIMIT_MS });
  readNow = () => poller.readNow();
  const endShowing = effect(() => {
    const { value, failure } = poller.state.value;
    if (value) list.value = value;
    listFailure.value = failure;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  const endFollowing = effect(() => {
    // What is read here is what is followed.
    void [filter.value, pageCount.value, uploadQueue.changes.value];
    if (!isFirst) timer ??= setTimeout(() => ((timer = undefined), poller.readNow()), SETTLE_MS);
    isFirst = false;
  });
  return () => {
    endShowing();
    endFollowing();
    clearTimeout(timer);
    poller.stop();
    readNow = () => undefined;
  };
}

async function readList(ends: AbortSignal): Promise<ListView> {
  const search = filter.peek().trim();
  const query = { limit: String(PAGE), ...(search !== '' && { search }) };
  const { pages, hasMore } = await readPages<{ documents: ListedDocument[]; next: string | null }>(
    'documents',
    query,
    pageCount.peek(),
    ends,
  );
  const documents = pages.flatMap((page) => page.documents);
  // What is gone cannot be deleted.
  const ids = new Set(documents.map(({ id }) => id));
  const kept = [...selected.peek()].filter((id) => ids.has(id));
  if (kept.length < selected.peek().size) selected.value = new Set(kept);
  return { documents, hasMore, search };
}

/** Filters the list, from its first page. */
export function filterBy(search: string): void {
  filter.value = search;
  pageCount.value = 1;
}

/** Selects a document, or no longer. */
export function toggle(id: string): void {
  const ids = new Set(selected.value);
  if (!ids.delete(id)) ids.add(id);
  selected.value = ids;
}
