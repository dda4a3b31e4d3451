/** What a model takes and gives at most, in tokens; undefined where the target's URL does not say. */
export interface ModelLimits {
  /** Prompt and answer together. */
  contextTokens?: number | undefined;
  /** The answer, and the reasoning before it. */
  maxOutputTokens?: number | undefined;
}

/** A place that generates text. `name` names its guard. */
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

/** A host that embeds texts; `name` names its guard. All hosts of a list serve one `model`. */
export type EmbeddingTarget =
  | { kind: 'hugging_face'; name: string; provider: string; model: string; apiKey: string }
  | { kind: 'http'; name: string; url: string; api: EmbeddingApi; model: string; apiKey: string | undefined }
  | { kind: 'local'; name: string; model: string };

/** `false`: calls pass straight; `observe`: decides and reports, rejects nothing. */
export type BreakerSwitch = 'true' | 'false' | 'observe';

/** The settings of one guard; durations in milliseconds. */
export interface GuardSettings {
  enabled: BreakerSwitch;
  strategy: 'consecutive' | 'rate' | 'count';
  failThreshold: number;
  /** Open time before trials are let through. */
  openMs: number;
  /** Failures older than this are forgotten. */
  failureWindowMs: number;
  /** Trial successes that close the circuit. */
  successThreshold: number;
  /** Trials in flight at once while half-open. */
  halfOpenMaxCalls: number;
}

/** Everything the environment decides, parsed and checked. Secrets are in here: never log it. */
export interface AppConfig {
  http: { host: string; port: number; corsOrigins: string[] };
  /** Names this instance, also after a restart. */
  instanceName: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  queryDeadlineMs: number;
  /** Between active probes of a remote model without traffic; 0: none. */
  probeIntervalMs: number;
  generation: {
    targets: [GenerationTarget, ...GenerationTarget[]];
    firstTokenTimeoutMs: number;
    idleTimeoutMs: number;
    /** No sign of life for this long: another target is started too. */
    hedgeAfterMs: number;
    /** Questions that are generated at once, and that may wait for it. */
    maxConcurrent: number;
    maxQueued: number;
  };
  /** `maxAttempts` calls to services for one question, and the pauses before the repeated ones. */
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
    /** How long an answer is remembered: while it may be fresh, or shown as stale. */
    keepSeconds: number;
    maxEntries: number;
  };
  /** Questions that wait to be answered later: how many, 0 for none, and for how long. */
  deferred: { maxWaiting: number; maxAgeSeconds: number };
  fallback: {
    /** Path of a file with answers to frequent questions. */
    curatedAnswersFile: string | undefined;
    /** Share of the answered questions that the ladder is exercised with, 0 to 1. */
    exerciseShare: number;
    /** So many questions per tenant, 0: none; `primary`: its fresh answers are given also while generation works. */
    semanticCache: { maxQuestions: number; primary: boolean };
  };
  guards: {
    defaults: GuardSettings;
    /** Per guard name, what differs from the defaults. */
    overrides: Record<string, Partial<GuardSettings>>;
  };
  /** The key to administration, which is absent without it. */
  admin: { token: string | undefined };
  /** Load the bundled documentation into an empty embedded database; true only when nothing was configured. */
  seedDocs: boolean;
}

/** Injection token of the parsed configuration. */
export const APP_CONFIG = Symbol('APP_CONFIG');

/** The settings of the guard `name`: the defaults with its overrides. */
export function guardSettings(config: AppConfig, name: string): GuardSettings {
  return { ...config.guards.defaults, ...config.guards.overrides[name] };
}
