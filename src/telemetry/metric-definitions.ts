/** One metric: its kind, what it counts, and its labels. */
export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
}

/** Every metric of the service's own. All label values come from bounded sets: names of guards, states, causes. */
export const metricDefinitions = {
  circuit_breaker_state: {
    type: 'gauge',
    help: 'State of a circuit: 0 closed, 1 open, 2 half-open.',
    labels: ['name'],
  },
  circuit_breaker_calls_total: {
    type: 'counter',
    help: 'Calls by how they ended; rejected ones were not made, or in observe mode would not have been.',
    labels: ['name', 'status'],
  },
  circuit_breaker_failures_total: {
    type: 'counter',
    help: 'Failed calls by their cause.',
    labels: ['name', 'error_type'],
  },
  circuit_breaker_state_transitions_total: {
    type: 'counter',
    help: 'Changes of state.',
    labels: ['name', 'from_state', 'to_state'],
  },
  circuit_breaker_openings_total: {
    type: 'counter',
    help: 'Times a circuit opened.',
    labels: ['name'],
  },
  circuit_breaker_call_duration_seconds: {
    type: 'histogram',
    help: 'Duration of the calls that were made.',
    labels: ['name', 'status'],
  },
  circuit_breaker_fallbacks_total: {
    type: 'counter',
    help: 'Questions not answered by generation, by what answered instead; none is a 503.',
    labels: ['source', 'reason'],
  },
  ladder_exercises_total: {
    type: 'counter',
    help: 'What the rungs of the ladder would have answered to questions that generation has answered.',
    labels: ['rung', 'result'],
  },
  retries_total: {
    type: 'counter',
    help: 'Calls that repeat one that failed, at the same service.',
    labels: ['name'],
  },
  query_duration_seconds: {
    type: 'histogram',
    help: 'Time from question to answer, by where the answer came from.',
    labels: ['source'],
  },
  cache_requests_total: {
    type: 'counter',
    help: 'Look-ups in a cache; stale values are those that were found and not good enough.',
    labels: ['cache', 'result'],
  },
  deferred_questions_total: {
    type: 'counter',
    help: 'Questions to be answered later: stored, refused, answered, released after another failure, expired.',
    labels: ['result'],
  },
  circuit_breaker_mode: {
    type: 'gauge',
    help: 'Operator override: 0 none, 1 forced_open, 2 forced_closed, 3 disabled, 4 observe.',
    labels: ['name'],
  },
  circuit_breaker_held: {
    type: 'gauge',
    help: '1 while calls are held back for this cause although the circuit may be closed.',
    labels: ['name', 'cause'],
  },
  circuit_breaker_probes_total: {
    type: 'counter',
    help: 'Active probes that were sent; their outcomes are among the calls, but for those of an open circuit.',
    labels: ['name'],
  },
  reembedding_chunks: {
    type: 'gauge',
    help: 'Chunks with a vector of the new embedding model, and all chunks, until the new model serves.',
    labels: ['state'],
  },
  connections_in_use: {
    type: 'gauge',
    help: 'Connections that do work, of those that the pool may open.',
    labels: ['name'],
  },
  bulkhead_queue_depth: {
    type: 'gauge',
    help: 'Calls waiting in the bulkhead queue.',
    labels: ['name'],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The name of a metric. */
export type MetricName = keyof typeof metricDefinitions;

/** The labels a metric of that name needs. */
export type LabelsOf<N extends MetricName> = Record<(typeof metricDefinitions)[N]['labels'][number], string>;

/** The metrics of one kind. */
export type NameOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof metricDefinitions)[N]['type'] extends T ? N : never;
}[MetricName];
