import { useMemo } from 'preact/hooks';
import { Markdown } from '../shared/markdown.tsx';
import { Badge } from './badge.tsx';
import { describeRefusal, type Chunk } from './documents-api.ts';
import { countOf, describeClock } from './wording.ts';

/** A passage as it is searched and quoted: as formatted text, or as it is stored. */
export function ChunkCard({ chunk, isFormatted }: { chunk: Chunk; isFormatted: boolean }) {
  const { ordinal, heading, text, tokens } = chunk;
  // The list is read again every few seconds, and most texts are as before.
  const shown = useMemo(
    () =>
      isFormatted ? (
        <Markdown text={text} />
      ) : (
        <div class="documents-text" dir="auto">
          {text}
        </div>
      ),
    [text, isFormatted],
  );
  return (
    <li class="card">
      <div class="documents-passage-head">
        <span class="documents-ordinal">{ordinal + 1}</span>
        <span class="documents-heading" dir="auto">
          {heading ?? <span class="soft">Without a heading</span>}
        </span>
        <span class="soft">{countOf(tokens, 'token')}</span>
        <EmbeddingBadge chunk={chunk} />
      </div>
      {shown}
    </li>
  );
}

function EmbeddingBadge({ chunk: { embedding, refusal } }: { chunk: Chunk }) {
  if (embedding === 'ready') return <Badge kind="good">Embedded</Badge>;
  if (!refusal) return <Badge kind="partly">Found by words; not embedded yet</Badge>;
  return (
    <Badge kind="bad">
      Found by words only: {describeRefusal(refusal)}. Tried {countOf(refusal.attempts, 'time')}, again at{' '}
      {describeClock(refusal.retry_at)}.
    </Badge>
  );
}
