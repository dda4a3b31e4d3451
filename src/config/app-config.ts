import type { TRIP_STRATEGIES } from './env.ts';

/** The token limits of a model; undefined where the target's URL does not declare them. */
export interface ModelLimits {
  /** The context window: prompt and answer together. */
  contextTokens?: number | undefined;
  /** The longest answer, including the reasoning before it. */
  maxOutputTokens?: number | undefined;
}

/** A model that generates text. `name` is the name of its guard. */
export type GenerationTarget =
  | ({ kind: 'hugging_face'; name: string; provider: string; model: string; apiKey: string } & ModelLimits)
  | ({
      kind: 'openai';
      name: string;
      url: string;
      model: string;
      apiKey: string | undefined;
    } & ModelLimits)
  | { kind: 'local'; name: string };

/** The wire format of an embedding host: the Hugging Face API, text-embeddings-inference or OpenAI's. */
export type EmbeddingApi = 'hf' | 'tei' | 'openai';

/** A host that embeds texts. `name` is the name of its guard. All hosts of a list serve one `model`. */
export type EmbeddingTarget =
  | { kind: 'hugging_face'; name: string; provider: string; model: string; apiKey: string }
  | { kind: 'http'; name: string; url: string; api: EmbeddingApi; model: string; apiKey: string | undefined }
  | { kind: 'local'; name: string; model: string };

/** `false`: every call is admitted. `observe`: the guard decides and reports but rejects nothing. */
export type BreakerSwitch = 'true' | 'false' | 'observe';

/** The settings of one guard. Durations are in milliseconds. */
export interface GuardSettings {
  enabled: BreakerSwitch;
  strategy: (typeof TRIP_STRATEGIES)[number];
  failThreshold: number;
  /** How long the circuit stays open before it admits trials. */
  openMs: number;
  /** Failures older than this do not count. */
  failureWindowMs: number;
  /** Successful trials that close the circuit. */
  successThreshold: number;
  /** Trials in flight at once while half-open. */
  halfOpenMaxCalls: number;
}

/** The parsed and validated environment. It contains secrets and must not be logged. */
export interface AppConfig {
  http: { host: string; port: number; corsOrigins: string[] };
  /** The name of this instance, the same after a restart. */
  instanceName: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  queryDeadlineMs: number;
  /** Milliseconds between active probes of a remote model without traffic; 0 for no probes. */
  probeIntervalMs: number;
  generation: {
    targets: [GenerationTarget, ...GenerationTarget[]];
    firstTokenTimeoutMs: number;
    idleTimeoutMs: number;
    /** Milliseconds without a token after which another target is called too. */
    hedgeAfterMs: number;
    /** Questions generated at once, and questions that may wait for generation. */
    maxConcurrent: number;
    maxQueued: number;
  };
  /** The most calls to services for one question, and the pauses before retries. */
  retry: { maxAttempts: number; baseDelayMs: number; maxDelayMs: number };
  embedding: {
    targets: [EmbeddingTarget, ...EmbeddingTarget[]];
    /** Hosts of the model that was used before: it serves until the chunks have vectors of the new one. */
    previous: EmbeddingTarget[];
    timeoutMs: number;
  };
  database: { url: string | undefined; dataDir: string; timeoutMs: number };
  redis: { url: string | undefined; timeoutMs: number };
  cache: {
    ttlSeconds: number;
    staleSeconds: number;
    /** How long an answer is stored: the longer of its TTL and its stale limit. */
    keepSeconds: number;
    maxEntries: number;
  };
  /** Deferred questions: how many at most, 0 for none, and for how long. */
  deferred: { maxWaiting: number; maxAgeSeconds: number };
  fallback: {
    /** Path of the file with curated answers. */
    curatedAnswersFile: string | undefined;
    /** Share of answered questions for which the ladder's canary runs, 0 to 1. */
    canaryShare: number;
    /**
     * `maxQuestions` per tenant, 0 for none. `minSimilarity`: the cosine from which questions may mean the same, 1 for none.
     * `primary`: similar fresh answers are also given while generation works.
     */
    semanticCache: { maxQuestions: number; minSimilarity: number; primary: boolean };
  };
  guards: {
    defaults: GuardSettings;
    /** Settings that differ from the defaults, by guard name. */
    overrides: Record<string, Partial<GuardSettings>>;
  };
  /** The key of the admin API. Without it the API does not exist. */
  admin: { token: string | undefined };
  /** Whether to load the bundled documentation into an empty embedded database. True only without any configuration. */
  seedDocs: boolean;
}

/** Injection token of the parsed configuration. */
export const APP_CONFIG = Symbol('APP_CONFIG');

/** The settings of the guard `name`: the defaults with the guard's own values. */
export function guardSettings(config: AppConfig, name: string): GuardSettings {
  return { ...config.guards.defaults, ...config.guards.overrides[name] };
}
