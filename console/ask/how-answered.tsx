import type { ComponentChild } from 'preact';
import { describeAge, Clock } from './times.tsx';
import type { Turn } from './conversation/turn.ts';

const SEARCHES: Readonly<Record<string, string>> = {
  hybrid: 'by words and by meaning',
  vector: 'by meaning',
  lexical: 'by words',
  none: 'nothing was searched',
};

/** How an answer was made, folded away. */
export function HowAnswered({ turn }: { turn: Turn }) {
  const metadata = turn.metadata.value;
  if (!metadata) return null;
  const { model, target, from_cache, cached_at, retrieval, condensed, duration_ms, request_id } = metadata;
  const rows: [string, ComponentChild][] = [];
  if (target !== null || model !== null)
    rows.push(['Model', [model, target].filter((name) => name !== null).join(' · ')]);
  if (from_cache)
    rows.push(['From the cache', cached_at === null ? 'yes' : `made ${describeAge(Date.parse(cached_at))}`]);
  rows.push(['Search', SEARCHES[retrieval] ?? retrieval]);
  if (condensed && condensed.by !== 'none') rows.push(['Searched for', <bdi>{condensed.question}</bdi>]);
  rows.push(['Took', `${(duration_ms / 1_000).toFixed(duration_ms < 10_000 ? 1 : 0)} s`]);
  rows.push(['Request', <code>{request_id}</code>]);
  return (
    <details class="ask-how">
      <summary>
        <Clock at={turn.answeredAt} />
        {model !== null && (
          <>
            {' '}
            · <bdi>{model}</bdi>
          </>
        )}
        {from_cache && ' · from the cache'}
      </summary>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
