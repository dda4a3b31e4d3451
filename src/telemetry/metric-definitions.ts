type MetricType = 'counter' | 'gauge' | 'histogram';

/** Defines metrics of one type by their labels and help text. */
const define =
  <T extends MetricType>(type: T) =>
  <const L extends readonly string[]>(labels: L, help: string) => ({ type, labels, help });

const counter = define('counter');
const gauge = define('gauge');
const histogram = define('histogram');

/** All metrics of failsoft. Label values come from bounded sets: guard names, states, causes. */
export const metricDefinitions = {
  circuit_breaker_state: gauge(['name'], 'State of a guard: 0 closed, 1 open, 2 half-open, 3 held.'),
  circuit_breaker_calls_total: counter(
    ['name', 'status'],
    'Calls by outcome. Rejected calls were not made, or would not have been made in observe mode.',
  ),
  circuit_breaker_failures_total: counter(['name', 'error_type'], 'Failed calls by cause.'),
  failsoft_failure_causes_total: counter(
    ['name', 'cause'],
    'Calls that failed or were refused, by the code of their cause: a status, an errno, a SQLSTATE, a defect.',
  ),
  circuit_breaker_state_transitions_total: counter(
    ['name', 'from_state', 'to_state'],
    'State changes of a circuit.',
  ),
  circuit_breaker_openings_total: counter(['name'], 'Times a circuit opened.'),
  circuit_breaker_call_duration_seconds: histogram(
    ['name', 'status'],
    'Duration of calls, without rejected ones.',
  ),
  circuit_breaker_fallbacks_total: counter(
    ['source', 'reason'],
    'Questions not answered by generation, by the rung that answered. Source none is a 503.',
  ),
  failsoft_ladder_canary_total: counter(
    ['rung', 'result'],
    'Results of the fallback ladder for a sample of the questions that generation answered.',
  ),
  retries_total: counter(['name'], 'Retries of failed calls.'),
  query_duration_seconds: histogram(['source'], 'Time from question to answer, by the source of the answer.'),
  cache_requests_total: counter(
    ['cache', 'result'],
    'Cache lookups. A stale value was found but is no longer fresh.',
  ),
  failsoft_deferred_questions_total: counter(
    ['result'],
    'Questions to be answered later: stored, refused, answered, released after another failure, expired.',
  ),
  failsoft_circuit_breaker_mode: gauge(
    ['name'],
    'Operator override: 0 none, 1 forced_open, 2 forced_closed, 3 disabled, 4 observe.',
  ),
  failsoft_circuit_breaker_held: gauge(
    ['name', 'cause'],
    '1 while calls are rejected for this cause although the circuit may be closed.',
  ),
  failsoft_drill_active: gauge(['name', 'fault'], '1 while a drill with this fault runs on this instance.'),
  failsoft_drill_calls_total: counter(['name', 'fault'], 'Calls that met the fault of a drill.'),
  failsoft_target_demoted: gauge(
    ['name', 'cause'],
    '1 while a generation target is called after the others for this cause.',
  ),
  failsoft_circuit_breaker_probes_total: counter(
    ['name'],
    'Active probes. Their outcomes are counted as calls, except those of an open circuit and of a held guard.',
  ),
  failsoft_reembedding_chunks: gauge(
    ['state'],
    'Chunks with a vector of the new embedding model (done), and all chunks (total), until the new model serves.',
  ),
  failsoft_connections_in_use: gauge(['name'], 'Database connections in use.'),
  failsoft_open_streams: gauge([], 'Streams of answers that a caller reads.'),
  bulkhead_queue_depth: gauge(['name'], 'Calls waiting in the bulkhead queue.'),
};

/** A metric's name. */
export type MetricName = keyof typeof metricDefinitions;

/** The labels of a metric. */
export type LabelsOf<N extends MetricName> = Record<(typeof metricDefinitions)[N]['labels'][number], string>;

/** The names of the metrics of one type. */
export type NameOf<T extends MetricType> = {
  [N in MetricName]: (typeof metricDefinitions)[N]['type'] extends T ? N : never;
}[MetricName];
