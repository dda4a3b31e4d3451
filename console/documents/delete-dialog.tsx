import { useSignal } from '@preact/signals';
import { announce } from '../shared/status.ts';
import { deleteDocument } from './documents-api.ts';
import { Dialog } from './dialog.tsx';
import { reloadList, selected } from './document-list.ts';
import { countOf } from './wording.ts';

/** Names that the question lists. */
const MAX_NAMES = 5;

interface Doomed {
  id: string;
  title: string | null;
}

/** Asks whether documents are to be deleted, and deletes them. */
export function DeleteDialog({
  documents,
  onClose,
  onDeleted,
}: {
  documents: readonly Doomed[];
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const left = useSignal(documents);
  const isBusy = useSignal(false);
  const failure = useSignal('');
  const isClosed = useSignal(false);
  const close = () => {
    isClosed.value = true;
    onClose();
  };
  const what = documents.length === 1 ? `“${nameOf(documents[0])}”` : countOf(documents.length, 'document');
  const remove = async () => {
    isBusy.value = true;
    failure.value = '';
    try {
      while (left.value.length > 0 && !isClosed.value) {
        const [next, ...others] = left.value;
        if (next) await deleteDocument(next.id);
        left.value = others;
      }
      if (isClosed.value) return reloadList();
      announce(`Deleted ${what}.`);
      selected.value = new Set();
      onDeleted?.();
      onClose();
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
    isBusy.value = false;
    reloadList();
  };
  const done = documents.length - left.value.length;
  return (
    <Dialog title={<span dir="auto">Delete {what}?</span>} onClose={close}>
      {documents.length === 1 && documents[0]?.title !== null && (
        <p class="soft documents-doomed" dir="auto">
          {documents[0]?.id}
        </p>
      )}
      {documents.length > 1 && (
        <ul class="documents-names">
          {documents.slice(0, MAX_NAMES).map((document) => (
            <li key={document.id} dir="auto">
              {nameOf(document)}
            </li>
          ))}
          {documents.length > MAX_NAMES && <li>and {documents.length - MAX_NAMES} more</li>}
        </ul>
      )}
      <p>
        Answers no longer use {documents.length === 1 ? 'it' : 'them'}, and the text also disappears from
        stored answers. This cannot be undone: to have {documents.length === 1 ? 'it' : 'them'} back, add the{' '}
        {documents.length === 1 ? 'file' : 'files'} again.
      </p>
      {failure.value !== '' && (
        <p class="fault" role="alert">
          {done > 0 ? `${done} of ${documents.length} are deleted. ` : 'Nothing was deleted. '}
          {failure.value}
        </p>
      )}
      <div class="documents-actions">
        <button type="button" onClick={close}>
          {isBusy.value ? 'Stop' : failure.value === '' ? 'Keep' : 'Close'}
        </button>
        <button type="button" class="danger" disabled={isBusy.value} onClick={() => void remove()}>
          {isBusy.value
            ? `Deleting${documents.length > 1 ? ` ${done + 1} of ${documents.length}` : ''} …`
            : 'Delete'}
        </button>
      </div>
    </Dialog>
  );
}

/** What a document is called. */
function nameOf(document: Doomed | undefined): string {
  return document?.title ?? document?.id ?? '';
}
