import { signal } from '@preact/signals';
import { findFiles, type Entry } from './find-files.ts';
import { readDocument, type NewDocument } from './read-document.ts';
import { uploadQueue } from './upload-queue.ts';
import { describeKinds } from '../wording.ts';

/** How many folders are being looked through. */
export const lookups = signal(0);
/** What is to be known about files that were not taken, as sentences. */
export const notices = signal<readonly string[]>([]);

/** A pasted text is called by its beginning. */
const NAME_CHARACTERS = 60;

/** Adds files, and what is found in folders. Never rejects. */
export async function addEntries(entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  lookups.value++;
  const { files, passedOver, faults } = await findFiles(entries);
  lookups.value--;
  uploadQueue.add(
    files.map((file) => ({ name: file.id, id: file.id, bytes: 0, read: () => readDocument(file) })),
  );
  const kinds = passedOver.size > 0 ? [`Passed over: ${describeKinds(passedOver)}.`] : [];
  const nothing = files.length === 0 && faults.length === 0 ? ['No file that can be read was found.'] : [];
  notices.value = [...notices.value, ...nothing, ...kinds, ...faults];
}

/** Adds a text that was pasted or written. */
export function addText(document: NewDocument): void {
  const name = document.title ?? document.text.trim().slice(0, NAME_CHARACTERS);
  uploadQueue.add([
    { name, id: undefined, bytes: document.text.length, read: () => Promise.resolve(document) },
  ]);
}

/** Takes what is done off the page. */
export function clearUploads(): void {
  uploadQueue.clear();
  notices.value = [];
}
