import { linkTo } from '../../shared/route.ts';
import { clearUploads, lookups, notices } from './adding.ts';
import { Badge } from '../badge.tsx';
import { isUnsent, type StoredState, type Upload } from './upload.ts';
import { uploadQueue } from './upload-queue.ts';
import { countOf } from '../wording.ts';

/** Rows that are shown. Raised, a folder of thousands of files makes the page slow. */
const MAX_ROWS = 50;

/** What is being added, a row for each document. */
export function UploadList() {
  const { uploads, hold, embeddingReason } = uploadQueue.view.value;
  if (uploads.length === 0 && notices.value.length === 0 && lookups.value === 0) return null;
  const unsent = uploads.filter(isUnsent).length;
  const shown = choose(uploads);
  return (
    <section class="card documents-uploads" aria-label="Being added">
      <div class="documents-uploads-head">
        <h2>{describe(uploads, unsent)}</h2>
        {unsent > 0 ? (
          <button type="button" onClick={() => uploadQueue.cancel()}>
            Cancel
          </button>
        ) : (
          <button type="button" onClick={clearUploads}>
            Clear
          </button>
        )}
      </div>
      {unsent > 0 && (
        <progress aria-label="Documents added" max={uploads.length} value={uploads.length - unsent} />
      )}
      {hold !== undefined && unsent > 0 && (
        <div class="documents-hold row">
          <span>{hold} Nothing is lost: the service is tried again by itself.</span>
          <button type="button" onClick={() => uploadQueue.tryNow()}>
            Try now
          </button>
        </div>
      )}
      {embeddingReason !== undefined && (
        <p class="soft">Embedding waits: {embeddingReason}. It goes on by itself.</p>
      )}
      {lookups.value > 0 && <p class="soft">Looking through the folder …</p>}
      {notices.value.map((notice) => (
        <p key={notice} class="soft" dir="auto">
          {notice}
        </p>
      ))}
      <ul class="documents-rows">
        {shown.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
      </ul>
      {uploads.length > shown.length && (
        <p class="soft">and {countOf(uploads.length - shown.length, 'more document')}</p>
      )}
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { state, name } = upload;
  const canRetry = state.kind === 'failed' || state.kind === 'cancelled';
  return (
    <li>
      <span class="documents-name" dir="auto">
        {state.kind === 'stored' ? <a href={linkTo('documents', state.id)}>{name}</a> : name}
      </span>
      <UploadBadge upload={upload} />
      {canRetry && (
        <button type="button" aria-label={`Try again: ${name}`} onClick={() => uploadQueue.retry(upload)}>
          Try again
        </button>
      )}
    </li>
  );
}

function UploadBadge({ upload: { state } }: { upload: Upload }) {
  switch (state.kind) {
    case 'queued':
      return <Badge kind="idle">Queued</Badge>;
    case 'reading':
      return <Badge kind="busy">Reading …</Badge>;
    case 'sending':
      return <Badge kind="busy">Read, sending …</Badge>;
    case 'waiting':
      return <Badge kind="idle">Read; waits for the service</Badge>;
    case 'cancelled':
      return (
        <Badge kind="idle">
          {state.mayBeStored ? 'Cancelled while it was sent; it may be stored' : 'Cancelled'}
        </Badge>
      );
    case 'failed':
      return <Badge kind="bad">{state.reason}</Badge>;
    case 'stored': {
      const isReady = state.embedded === state.chunks;
      return (
        <Badge kind={isReady ? 'good' : 'partly'}>
          {describeStored(state)}
          {state.refused !== undefined && <span class="documents-refused">{state.refused}</span>}
        </Badge>
      );
    }
  }
}

const STATUS = { created: '', updated: ', in place of its older version', unchanged: ', unchanged' };

function describeStored({ status, chunks, embedded }: StoredState): string {
  if (embedded === chunks) return `Searchable${STATUS[status]}; ${countOf(chunks, 'passage')}`;
  return `Found by words${STATUS[status]}; ${embedded ?? 0} of ${chunks} embedded`;
}

/** At most so many rows: all in their order, or those first that one has to look at. */
function choose(uploads: readonly Upload[]): readonly Upload[] {
  if (uploads.length <= MAX_ROWS) return uploads;
  const failed = uploads.filter(({ state }) => state.kind === 'failed');
  const unsent = uploads.filter(isUnsent);
  return [...new Set([...failed, ...unsent, ...uploads])].slice(0, MAX_ROWS);
}

function describe(uploads: readonly Upload[], unsent: number): string {
  if (uploads.length === 0) return 'Nothing to add';
  const count = (kind: string) => uploads.filter(({ state }) => state.kind === kind).length;
  const parts = [
    `${countOf(count('stored'), 'document')} stored`,
    count('failed') > 0 ? `${count('failed')} failed` : '',
    count('cancelled') > 0 ? `${count('cancelled')} cancelled` : '',
    unsent > 0 ? `${unsent} to go` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
