import { signal, useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../shared/api.ts';
import { toSafeAddress } from '../shared/markdown.tsx';
import { poll, type Polled, type Poller } from '../shared/polling.ts';
import { linkTo } from '../shared/route.ts';
import { Badge } from './badge.tsx';
import { ChunkCard } from './chunk-card.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { readPages, type DocumentChunks, type Pages } from './documents-api.ts';
import { countOf, describeTime } from './wording.ts';

const PAGE = 20;
/** Pause between two looks at what is embedded by now, and at what somebody else may have changed. */
const PAUSE_MS = 5_000;
const LIMIT_MS = 20_000;

/** Whether passages are shown as formatted text, or as they are stored; kept from one document to the next. */
const isFormatted = signal(true);

/** One document: what is known about it, and what it was split into. */
export function DocumentView({ id }: { id: string }) {
  const shown = useSignal<Polled<Pages<DocumentChunks>>>({ value: undefined, failure: undefined, readAt: 0 });
  const pageCount = useSignal(1);
  const isDeleting = useSignal(false);
  const poller = useRef<Poller<unknown>>(undefined);
  useEffect(() => watchDocument(id, pageCount, shown, poller), [id]);
  const { value, failure } = shown.value;
  const [first] = value?.pages ?? [];
  const isGone = failure instanceof ApiError && failure.code === 'not_found';
  return (
    <article class="documents-view">
      <p>
        <a href={linkTo('documents')}>← All documents</a>
      </p>
      <h1 tabIndex={-1} dir="auto">
        {first?.document.title ?? id}
      </h1>
      {isGone ? (
        <p>There is no document of this name any more.</p>
      ) : (
        failure && <p class="fault">{failure.message} The page tries again by itself.</p>
      )}
      {!value && !failure && <p class="soft">Reading the document …</p>}
      {first && !isGone && (
        <>
          <Facts document={first.document} onDelete={() => (isDeleting.value = true)} />
          <h2>What it was split into</h2>
          <p class="soft">
            Answers quote these passages. Each is found by its words, and by its meaning once it is embedded.
          </p>
          {first.document.format !== 'text' && <FormSwitch />}
          <ol class="documents-passages">
            {value?.pages.flatMap(({ chunks }) =>
              chunks.map((chunk) => (
                <ChunkCard
                  key={chunk.chunk_id}
                  chunk={chunk}
                  isFormatted={isFormatted.value && first.document.format !== 'text'}
                />
              )),
            )}
          </ol>
          {value?.hasMore && (
            <button
              type="button"
              onClick={() => {
                pageCount.value++;
                poller.current?.readNow();
              }}
            >
              Show more
            </button>
          )}
          {isDeleting.value && (
            <DeleteDialog
              documents={[first.document]}
              onClose={() => (isDeleting.value = false)}
              onDeleted={() => (location.hash = linkTo('documents'))}
            />
          )}
        </>
      )}
    </article>
  );
}

function FormSwitch() {
  const forms = [
    { name: 'Formatted', value: true },
    { name: 'As stored', value: false },
  ];
  return (
    <fieldset class="documents-form row">
      <legend class="visually-hidden">How passages are shown</legend>
      {forms.map(({ name, value }) => (
        <label key={name} class="row">
          <input
            type="radio"
            name="documents-form"
            checked={isFormatted.value === value}
            onChange={() => (isFormatted.value = value)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function watchDocument(
  id: string,
  pageCount: Signal<number>,
  shown: Signal<Polled<Pages<DocumentChunks>>>,
  current: { current: Poller<unknown> | undefined },
): () => void {
  const query = { document_id: id, limit: String(PAGE) };
  const poller = poll((ends) => readPages<DocumentChunks>('chunks', query, pageCount.peek(), ends), {
    pauseMs: PAUSE_MS,
    limitMs: LIMIT_MS,
  });
  current.current = poller;
  const unsubscribe = poller.state.subscribe((state) => (shown.value = state));
  return () => {
    unsubscribe();
    poller.stop();
  };
}

function Facts({
  document: { id, url, format, metadata, chunks, embedded, created_at: created, updated_at: updated },
  onDelete,
}: {
  document: DocumentChunks['document'];
  onDelete: () => void;
}) {
  const isReady = embedded === chunks;
  const original = url === null ? undefined : toSafeAddress(url);
  return (
    <>
      <div class="row documents-view-state">
        <Badge kind={isReady ? 'good' : 'partly'}>
          {isReady
            ? `Searchable; ${countOf(chunks, 'passage')}`
            : `Found by words; ${embedded} of ${chunks} embedded`}
        </Badge>
        {original !== undefined && (
          <a class="button" href={original} target="_blank" rel="noreferrer noopener">
            Open the original
          </a>
        )}
        <button type="button" class="danger" onClick={onDelete}>
          Delete…
        </button>
      </div>
      <dl class="documents-facts">
        <Fact name="Name">{id}</Fact>
        {url !== null && <Fact name="Original">{url}</Fact>}
        <Fact name="Format">{FORMAT_NAMES[format] ?? format}</Fact>
        <Fact name="Added">{describeTime(created)}</Fact>
        {updated !== created && <Fact name="Changed">{describeTime(updated)}</Fact>}
        {/* The ingestion of files repeats the name there. */}
        {Object.entries(metadata)
          .filter(([, field]) => field !== id)
          .map(([name, field]) => (
            <Fact key={name} name={name}>
              {Array.isArray(field) ? field.map(String).join(', ') : String(field)}
            </Fact>
          ))}
      </dl>
    </>
  );
}

const FORMAT_NAMES: Record<string, string> = { markdown: 'Markdown', text: 'Plain text', html: 'HTML' };

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}
