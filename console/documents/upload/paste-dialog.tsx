import { useSignal } from '@preact/signals';
import { addText } from './adding.ts';
import { Dialog } from '../dialog.tsx';
import type { DocumentFormat } from '../../../src/schemas/file-kinds.ts';

/** The longest title that the service takes. */
const MAX_TITLE = 500;

/** Asks for a text, and adds it as a document. */
export function PasteDialog({ text, onClose }: { text: string; onClose: () => void }) {
  const title = useSignal('');
  const format = useSignal<DocumentFormat>('markdown');
  const content = useSignal(text);
  const isEmpty = content.value.trim() === '';
  const add = () => {
    const given = title.value.trim();
    addText({ text: content.value, format: format.value, ...(given !== '' && { title: given }) });
    onClose();
  };
  return (
    <Dialog title="Add a text" onClose={onClose}>
      <label class="documents-field">
        Text
        <textarea
          rows={10}
          dir="auto"
          value={content.value}
          onInput={({ currentTarget }) => (content.value = currentTarget.value)}
        />
      </label>
      <div class="documents-fields">
        <label class="documents-field">
          Title <span class="soft">(otherwise the first heading)</span>
          <input
            dir="auto"
            maxLength={MAX_TITLE}
            value={title.value}
            onInput={({ currentTarget }) => (title.value = currentTarget.value)}
          />
        </label>
        <label class="documents-field">
          Format
          <select
            value={format.value}
            onChange={({ currentTarget }) => (format.value = currentTarget.value as DocumentFormat)}
          >
            <option value="markdown">Markdown</option>
            <option value="text">Plain text</option>
            <option value="html">HTML</option>
          </select>
        </label>
      </div>
      <div class="documents-actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={isEmpty} onClick={add}>
          Add the text
        </button>
      </div>
    </Dialog>
  );
}
