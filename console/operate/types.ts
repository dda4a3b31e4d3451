/** How a service did over a time, as `GET /health/circuit-breaker` tells it. */
export interface HealthWindow {
  calls: number;
  error_rate: number | null;
  p50_ms: number | null;
  p95_ms: number | null;
  availability: number | null;
}

/** The health of the last minute and hour. */
export interface ServiceHealth {
  minute: HealthWindow;
  hour: HealthWindow;
}

/** A rehearsed outage that runs. */
export interface Drill {
  id: string;
  fault: string;
  share: number;
  reason?: string | null;
  ends_in?: number;
}

/** A guard, as `GET /health/circuit-breaker` tells it. */
export interface Guard {
  name: string;
  state: 'closed' | 'open' | 'half-open' | 'held' | 'refusing';
  fail_count: number;
  last_failure_time: number | null;
  mode: 'auto' | 'forced_open' | 'forced_closed' | 'disabled' | 'observe';
  mode_ends_in: number | null;
  retry_after: number | null;
  hold: { cause: string; ends_in: number } | null;
  strategy: string;
  window: { calls: number; failures: number };
  totals: { calls: number; successes: number; failures: number; ignored: number; rejected: number };
  half_open_trials: number;
  consecutive_trips: number;
  last_failure_kind: string | null;
  last_failure_cause: string | null;
  last_failure_drilled: boolean;
  last_success_time: number | null;
  learnt: unknown;
  peers_open: boolean | null;
  demoted: { cause: string; retry_in: number } | null;
  patience?: {
    first_token_p99_seconds: number | null;
    first_token_seconds: number | null;
    next_token_seconds: number | null;
  };
  health: ServiceHealth;
  health_of_all: ServiceHealth | null;
  drill?: Drill | null;
  /** Whether a drill that is over has opened the circuit. */
  after_drill?: boolean;
}

/** The body of `GET /health/circuit-breaker`. */
export interface Circuits {
  circuit_breakers: Record<string, Guard>;
  /** Epoch seconds of the service's clock. */
  timestamp: number;
}

/** The settings of a guard, which `PATCH /admin/circuit-breakers/:name` changes. */
export interface Settings {
  enabled: string;
  strategy: string;
  fail_threshold: number;
  timeout_seconds: number;
  reset_timeout: number;
  success_threshold: number;
  half_open_max_calls: number;
}

/** The body of `GET /admin/circuit-breakers`. */
export interface AdminCircuits {
  circuit_breakers: Record<string, { settings: Settings; defaults: Settings }>;
}

/** One dependency in `GET /health`. */
export interface Dependency {
  status: string;
  reason?: string;
  targets?: Record<string, string>;
  shared?: boolean;
  reembedding?: { from: string; to: string; done: number; total: number };
  ingestion?: { waiting_chunks: number };
  refused_chunks?: number;
}

/** The body of `GET /health`, with status 200 or 503. */
export interface Health {
  status: string;
  details: Record<string, Dependency>;
}

/** The body of `GET /admin/stored`. */
export interface Stored {
  documents: number;
  chunks: number;
  embedded: number;
  deferred_questions: number;
}

/** A change of a circuit's state on one instance. */
export interface StateChange {
  kind: 'state_change';
  at: number;
  instance: string;
  guard: string;
  from_state: string;
  to_state: string;
  fail_count: number;
}

/** What an operator did. */
export interface Action {
  kind: 'action';
  at: number;
  guard: string;
  action: string;
  actor: string;
  changes: Record<string, unknown>;
  ends_at: number | null;
  reason: string | null;
}

export type TimelineEvent = StateChange | Action;

/** The body of `GET /admin/timeline`. Times are epoch seconds. */
export interface Timeline {
  from: number;
  to: number;
  source: 'database' | 'memory';
  truncated: boolean;
  events: TimelineEvent[];
  /** What held at `from`. */
  at_begin: TimelineEvent[];
  answers: {
    instance: string;
    /** When this instance started. */
    since: number;
    slot_seconds: number;
    slots: { at: number; sources: Record<string, number> }[];
  };
}
