import { useSignal } from '@preact/signals';
import { linkTo } from '../shared/route.ts';
import { Badge } from './badge.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { filter, filterBy, list, listFailure, pageCount, selected, toggle } from './document-list.ts';
import type { ListedDocument } from './documents-api.ts';
import { countOf, describeTime } from './wording.ts';

const MAX_SEARCH = 200;

/** The documents that the service has: filtered, selected and deleted. */
export function DocumentTable() {
  const doomed = useSignal<ListedDocument[]>([]);
  const view = list.value;
  const failure = listFailure.value;
  if (!view)
    return failure ? (
      <p class="fault">The documents cannot be shown. {failure.message} The page tries again by itself.</p>
    ) : (
      <p class="soft">Reading the list …</p>
    );
  const { documents, hasMore, search } = view;
  if (documents.length === 0 && search === '' && filter.value === '') return null;
  const chosen = documents.filter(({ id }) => selected.value.has(id));
  const areAllChosen = chosen.length > 0 && chosen.length === documents.length;
  const selectAll = () =>
    (selected.value = areAllChosen ? new Set() : new Set(documents.map(({ id }) => id)));
  return (
    <section aria-labelledby="documents-all" tabIndex={-1}>
      <div class="documents-list-head">
        <h2 id="documents-all">All documents</h2>
        <input
          type="search"
          aria-label="Filter by title or name"
          placeholder="Filter by title or name"
          dir="auto"
          maxLength={MAX_SEARCH}
          value={filter.value}
          onInput={({ currentTarget }) => filterBy(currentTarget.value)}
        />
      </div>
      {failure && (
        <p class="fault">The list may be out of date. {failure.message} The page tries again by itself.</p>
      )}
      {documents.length === 0 ? (
        <p class="documents-none">
          No title or name contains “<bdi>{search}</bdi>”.{' '}
          <button type="button" class="plain" onClick={() => filterBy('')}>
            Show all
          </button>
        </p>
      ) : (
        <>
          <div class="documents-selection row">
            <label class="row">
              <input
                type="checkbox"
                checked={areAllChosen}
                indeterminate={chosen.length > 0 && !areAllChosen}
                onChange={selectAll}
              />
              {chosen.length > 0 ? `${chosen.length} selected` : describeCount(documents.length, hasMore)}
            </label>
            {chosen.length > 0 && (
              <button type="button" class="danger" onClick={() => (doomed.value = chosen)}>
                Delete {countOf(chosen.length, 'document')}…
              </button>
            )}
          </div>
          <ul class="documents-list">
            {documents.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                onDelete={() => (doomed.value = [document])}
              />
            ))}
          </ul>
          {hasMore && (
            <button type="button" onClick={() => pageCount.value++}>
              Show more
            </button>
          )}
        </>
      )}
      {doomed.value.length > 0 && (
        <DeleteDialog documents={doomed.value} onClose={() => (doomed.value = [])} />
      )}
    </section>
  );
}

function describeCount(count: number, hasMore: boolean): string {
  return hasMore ? `The first ${countOf(count, 'document')}` : countOf(count, 'document');
}

function DocumentRow({ document, onDelete }: { document: ListedDocument; onDelete: () => void }) {
  const { id, title, chunks, embedding, updated_at: updated } = document;
  const name = title ?? id;
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Select ${name}`}
        checked={selected.value.has(id)}
        onChange={() => toggle(id)}
      />
      <div class="documents-title">
        <a href={linkTo('documents', id)} dir="auto">
          {name}
        </a>
        {title !== null && (
          <span class="soft documents-id" dir="auto">
            {id}
          </span>
        )}
      </div>
      <Badge kind={embedding === 'ready' ? 'good' : 'partly'}>
        {embedding === 'ready' ? 'Searchable' : 'Found by words; being embedded'}
      </Badge>
      <span class="soft documents-chunks">{countOf(chunks, 'passage')}</span>
      <time class="soft" dateTime={updated}>
        {describeTime(updated)}
      </time>
      <button type="button" class="plain danger" aria-label={`Delete ${name}`} onClick={onDelete}>
        Delete
      </button>
    </li>
  );
}
