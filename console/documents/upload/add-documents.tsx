import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { addEntries } from './adding.ts';
import { entriesOfFiles, entriesOfTransfer } from './find-files.ts';
import { PasteDialog } from './paste-dialog.tsx';

/** Where documents come in: by dropping and pasting anywhere on the page, and by choosing. */
export function AddDocuments({ isFirst }: { isFirst: boolean }) {
  const isOver = useSignal(false);
  const pasted = useSignal<string | undefined>(undefined);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  // An effect that waits for the next frame would miss what is dropped before it.
  useLayoutEffect(() => {
    const ends = new AbortController();
    listen(ends.signal, {
      onOver: (over) => (isOver.value = over),
      onText: (text) => (pasted.value = text),
    });
    folder.current?.setAttribute('webkitdirectory', '');
    return () => ends.abort();
  }, []);
  return (
    <section
      class={`documents-add${isFirst ? ' documents-add-first' : ''}${isOver.value ? ' documents-add-over' : ''}`}
      aria-label="Add documents"
    >
      {isFirst && <h2>Add the documents that answers are to be made from</h2>}
      <p class="documents-add-line">
        {isOver.value ? 'Let go to add them' : 'Drop files or folders anywhere on this page, or'}
      </p>
      <div class="row documents-add-buttons">
        <button type="button" class={isFirst ? 'primary' : undefined} onClick={() => files.current?.click()}>
          Choose files…
        </button>
        <button type="button" onClick={() => folder.current?.click()}>
          Choose a folder…
        </button>
        <button type="button" onClick={() => (pasted.value = '')}>
          Paste text…
        </button>
      </div>
      <p class="soft documents-add-hint">
        Markdown, plain text and HTML, up to 20 MB each. A document is found as soon as it is stored.
      </p>
      <details class="soft">
        <summary>What is read of a folder?</summary>
        <p>
          All Markdown, text and HTML files in it and in its subfolders. Hidden files and folders that tools
          make, such as node_modules, are passed over. A file that is added again under the same path replaces
          its older version.
        </p>
      </details>
      <input ref={files} type="file" multiple hidden aria-label="Files" onChange={takeChosen} />
      <input ref={folder} type="file" multiple hidden aria-label="Folder" onChange={takeChosen} />
      {pasted.value !== undefined && (
        <PasteDialog text={pasted.value} onClose={() => (pasted.value = undefined)} />
      )}
    </section>
  );
}

function takeChosen({ currentTarget }: { currentTarget: HTMLInputElement }): void {
  void addEntries(entriesOfFiles([...(currentTarget.files ?? [])]));
  // The same file may be chosen again.
  currentTarget.value = '';
}

interface Incoming {
  onOver(isOver: boolean): void;
  onText(text: string): void;
}

/** Takes what is dropped and pasted anywhere on the page, until the signal ends. */
function listen(signal: AbortSignal, { onOver, onText }: Incoming): void {
  const take = (event: Event, transfer: DataTransfer | null) => {
    // A field takes texts itself.
    const isInField = event.target instanceof Element && event.target.closest('input, textarea') !== null;
    if (!transfer || document.querySelector('dialog[open]')) return;
    const entries = entriesOfTransfer(transfer);
    const text = transfer.getData('text/plain');
    if (entries.length === 0 && (isInField || text === '')) return;
    event.preventDefault();
    if (entries.length > 0) void addEntries(entries);
    else onText(text);
  };
  document.addEventListener('paste', (event) => take(event, event.clipboardData), { signal });
  document.addEventListener(
    'drop',
    (event) => {
      onOver(false);
      // A file that is dropped beside a dialog must not replace the page.
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
      take(event, event.dataTransfer);
    },
    { signal },
  );
  document.addEventListener(
    'dragover',
    (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      onOver(true);
    },
    { signal },
  );
  // Nothing is entered where the pointer leaves the window.
  const onLeave = ({ relatedTarget }: DragEvent) => void (relatedTarget === null && onOver(false));
  document.addEventListener('dragleave', onLeave, { signal });
}
