import { Badge } from './badge.tsx';
import { describeRefusal, type Chunk } from './documents-api.ts';
import { countOf, describeClock } from './wording.ts';

/** A passage as it is searched and quoted. */
export function ChunkCard({ chunk }: { chunk: Chunk }) {
  const { ordinal, heading, text, tokens } = chunk;
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
      <div class="documents-text" dir="auto">
        {text}
      </div>
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
