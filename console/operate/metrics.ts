/** The counters of `GET /metrics` that the page shows. */
export interface Counters {
  /** Lookups by cache and result. */
  caches: Record<string, Record<string, number>>;
  /** Deferred questions by result, since the start. */
  deferred: Record<string, number>;
}

/** Reads them from Prometheus' text format. Lines of other metrics are passed over. */
export function readCounters(text: string): Counters {
  const counters: Counters = { caches: {}, deferred: {} };
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const label = (wanted: string) => new RegExp(`(?:^|,)${wanted}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (name === 'cache_requests_total')
      (counters.caches[label('cache')] ??= {})[label('result')] = Number(value);
    if (name === 'failsoft_deferred_questions_total') counters.deferred[label('result')] = Number(value);
  }
  return counters;
}
