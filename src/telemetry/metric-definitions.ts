/** One metric: its type, help text and labels. */
export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
}

/** All metrics of failsoft. Label values come from bounded sets: guard names, states, causes. */
export const metricDefinitions = {
  circuit_breaker_state: {
    type: 'gauge',
    help: 'State of a circuit: 0 closed, 1 open, 2 half-open.',
    labels: ['name'],
  },
  circuit_breaker_calls_total: {
    type: 'counter',
    help: 'Calls by outcome. Rejected calls were not made, or would not have been made in observe mode.',
    labels: ['name', 'status'],
  },
  circuit_breaker_failures_total: {
    type: 'counter',
    help: 'Failed calls by cause.',
    labels: ['name', 'error_type'],
  },
  circuit_breaker_state_transitions_total: {
    type: 'counter',
    help: 'State changes of a circuit.',
    labels: ['name', 'from_state', 'to_state'],
  },
  circuit_breaker_openings_total: {
    type: 'counter',
    help: 'Times a circuit opened.',
    labels: ['name'],
  },
  circuit_breaker_call_duration_seconds: {
    type: 'histogram',
    help: 'Duration of calls, without rejected ones.',
    labels: ['name', 'status'],
  },
  circuit_breaker_fallbacks_total: {
    type: 'counter',
    help: 'Questions not answered by generation, by the rung that answered. Source none is a 503.',
    labels: ['source', 'reason'],
  },
  failsoft_ladder_canary_total: {
    type: 'counter',
    help: 'Results of the fallback ladder for a sample of the questions that generation answered.',
    labels: ['rung', 'result'],
  },
  retries_total: {
    type: 'counter',
    help: 'Retries of failed calls.',
    labels: ['name'],
  },
  query_duration_seconds: {
    type: 'histogram',
    help: 'Time from question to answer, by the source of the answer.',
    labels: ['source'],
  },
  cache_requests_total: {
    type: 'counter',
    help: 'Cache lookups. A stale value was found but is no longer fresh.',
    labels: ['cache', 'result'],
  },
  failsoft_deferred_questions_total: {
    type: 'counter',
    help: 'Questions to be answered later: stored, refused, answered, released after another failure, expired.',
    labels: ['result'],
  },
  failsoft_circuit_breaker_mode: {
    type: 'gauge',
    help: 'Operator override: 0 none, 1 forced_open, 2 forced_closed, 3 disabled, 4 observe.',
    labels: ['name'],
  },
  failsoft_circuit_breaker_held: {
    type: 'gauge',
    help: '1 while calls are rejected for this cause although the circuit may be closed.',
    labels: ['name', 'cause'],
  },
  failsoft_circuit_breaker_probes_total: {
    type: 'counter',
    help: 'Active probes. Their outcomes are counted as calls, except those of an open circuit.',
    labels: ['name'],
  },
  failsoft_reembedding_chunks: {
    type: 'gauge',
    help: 'Chunks with a vector of the new embedding model (done), and all chunks (total), until the new model serves.',
    labels: ['state'],
  },
  failsoft_connections_in_use: {
    type: 'gauge',
    help: 'Database connections in use.',
    labels: ['name'],
  },
  bulkhead_queue_depth: {
    type: 'gauge',
    help: 'Calls waiting in the bulkhead queue.',
    labels: ['name'],
  },
} as const satisfies Record<string, MetricDefinition>;

/** A metric's name. */
export type MetricName = keyof typeof metricDefinitions;

/** The labels of a metric. */
export type LabelsOf<N extends MetricName> = Record<(typeof metricDefinitions)[N]['labels'][number], string>;

/** The names of the metrics of one type. */
export type NameOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof metricDefinitions)[N]['type'] extends T ? N : never;
}[MetricName];
