import { hostname } from 'node:os';
import type { z } from 'zod';
import type { TRIP_STRATEGIES, variables } from './env.ts';

/** The token limits of a model; undefined where the target's URL does not declare them. */
export interface ModelLimits {
  /** The context window: prompt and answer together. */
  contextTokens?: number | undefined;
  /** The longest answer, including the reasoning before it. */
  maxOutputTokens?: number | undefined;
}

/** How a model wants to be asked. What is undefined is asked as OpenAI's API has it. */
export interface RequestOptions {
  /** The field that limits the answer's length; `none` for a model that takes neither. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens' | 'none' | undefined;
  /** Sampling temperature, 0 to 2; `none` for a model that takes its own alone. */
  temperature?: number | 'none' | undefined;
  /** `user`: the system message stands at the beginning of the first user message. */
  system?: 'system' | 'user' | undefined;
}

/** What each call to a service carries beside its body. Values may be secret. */
export interface CallOptions {
  headers?: Record<string, string> | undefined;
  /** Query parameters of the called URL. */
  query?: Record<string, string> | undefined;
}

/** How often one question may call a target. */
export interface RetryOptions {
  /** Calls that may follow a failed one before another target is called. Raised, questions wait longer for this target. */
  retries?: number | undefined;
}

type RemoteModel = ModelLimits & RequestOptions & CallOptions & RetryOptions;

/** A model that generates text. `name` is the name of its guard. */
export type GenerationTarget =
  | ({ kind: 'hugging_face'; name: string; provider: string; model: string; apiKey: string } & RemoteModel)
  | ({
      kind: 'openai';
      name: string;
      url: string;
      model: string;
      apiKey: string | undefined;
    } & RemoteModel)
  | { kind: 'local'; name: string };

/** The wire format of an embedding host: the Hugging Face API, text-embeddings-inference or OpenAI's. */
export type EmbeddingApi = 'hf' | 'tei' | 'openai';

/** A host that embeds texts. `name` is the name of its guard. All hosts of a list serve one `model`. */
export type EmbeddingTarget =
  | ({
      kind: 'hugging_face';
      name: string;
      provider: string;
      model: string;
      apiKey: string;
    } & CallOptions)
  | ({
      kind: 'http';
      name: string;
      url: string;
      api: EmbeddingApi;
      model: string;
      apiKey: string | undefined;
    } & CallOptions)
  | { kind: 'local'; name: string; model: string };

/** The name of the guard with which chunks are embedded, by that for questions: `embedding_ingest_2` for `embedding_api_2`. */
export function ingestGuardName(name: string): string {
  return name.replace(/^embedding_api/, 'embedding').replace(/^(embedding(?:_previous)?)/, '$1_ingest');
}

/** The wire format of a reranker: text-embeddings-inference's, Cohere's or Jina's. */
export type RerankApi = 'tei' | 'cohere' | 'jina';

/** A service that scores passages for a question. `name` is the name of its guard. */
export interface RerankTarget extends CallOptions {
  name: string;
  url: string;
  api: RerankApi;
  /** Sent to services with Cohere's or Jina's API; undefined for text-embeddings-inference, which serves one model. */
  model: string | undefined;
  apiKey: string | undefined;
}

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

/** The models that the variables name. */
export interface ConfiguredModels {
  generation: [GenerationTarget, ...GenerationTarget[]];
  embedding: [EmbeddingTarget, ...EmbeddingTarget[]];
  /** Hosts of the model that was used before: it serves until the chunks have vectors of the new one. */
  previousEmbedding: EmbeddingTarget[];
  rerank: RerankTarget[];
}

/** The settings of the guards. `overrides` has the settings that differ from the defaults, by guard name. */
export interface ConfiguredGuards {
  defaults: GuardSettings;
  overrides: Record<string, Partial<GuardSettings>>;
}

/** The name of every instance on an embedded database, which belongs to one instance whatever host and port that runs on. */
const EMBEDDED_INSTANCE = 'embedded';
const OWN_DATA = [
  'HF_TOKEN',
  'GENERATION_TARGETS',
  'EMBEDDING_TARGETS',
  'RERANK_TARGETS',
  'DATABASE_URL',
  'REDIS_URL',
] as const;

/** An address without a slash at its end. */
function toBase(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}

/** Arranges the validated environment by what it configures. The result contains secrets and must not be logged. */
export function toAppConfig(
  env: z.infer<typeof variables>,
  { generation, embedding, previousEmbedding, rerank }: ConfiguredModels,
  guards: ConfiguredGuards,
) {
  // A hung model must be found while there is time left to answer otherwise.
  const silenceMs = Math.ceil((env.QUERY_DEADLINE_MS * 2) / 3);
  // A reranker that hangs must leave time for generation.
  const rerankMaxMs = Math.ceil(env.QUERY_DEADLINE_MS / 3);
  const ownName = env.DATABASE_URL === undefined ? EMBEDDED_INSTANCE : `${hostname()}:${env.PORT}`;
  return {
    http: {
      host: env.HOST,
      port: env.PORT,
      corsOrigins: env.CORS_ORIGINS,
      /** The address that callers use, without a slash at its end; undefined when answers name paths alone. */
      publicUrl: env.PUBLIC_URL === undefined ? undefined : toBase(env.PUBLIC_URL),
      /** The proxies whose `X-Forwarded-For` names the caller. */
      trustedProxies: env.TRUSTED_PROXIES,
    },
    /** Headers of the commands' calls, as `Name: value`. */
    clientHeaders: env.CLIENT_HEADERS,
    /** The name of this instance, the same after a restart: by it the instance finds its rows again. */
    instanceName: env.INSTANCE_NAME ?? ownName,
    logLevel: env.LOG_LEVEL,
    queryDeadlineMs: env.QUERY_DEADLINE_MS,
    /** How long a resumable stream waits for a reader, in milliseconds. */
    streamResumeMs: env.STREAM_RESUME_SECONDS * 1_000,
    /** The longest excerpt of a passage in a response, in characters. Raising it makes responses longer. */
    excerptMaxChars: env.EXCERPT_MAX_CHARS,
    /** Milliseconds between active probes of a remote model without traffic; 0 for no probes. */
    probeIntervalMs: env.PROBE_INTERVAL_SECONDS * 1_000,
    generation: {
      targets: generation,
      firstTokenTimeoutMs: Math.min(env.GENERATION_FIRST_TOKEN_TIMEOUT_MS, silenceMs),
      idleTimeoutMs: Math.min(env.GENERATION_IDLE_TIMEOUT_MS, silenceMs),
      /** Milliseconds without a token after which another target is called too. */
      hedgeAfterMs: env.GENERATION_HEDGE_AFTER_MS,
      /** How long a question waits for its last target; undefined to follow what the target usually does. */
      patienceMs: env.GENERATION_PATIENCE_MS === 'auto' ? undefined : env.GENERATION_PATIENCE_MS,
      /** Questions generated at once, and questions that may wait for generation. */
      maxConcurrent: env.GENERATION_MAX_CONCURRENT,
      maxQueued: env.GENERATION_MAX_QUEUED,
    },
    /** The most calls to services for one question, and the pauses before retries. */
    retry: {
      maxAttempts: env.RETRY_MAX_ATTEMPTS,
      maxHoldWaitMs: env.RETRY_AFTER_MAX_WAIT_MS,
      baseDelayMs: env.RETRY_BASE_DELAY_MS,
      maxDelayMs: env.RETRY_MAX_DELAY_MS,
    },
    embedding: {
      targets: embedding,
      previous: previousEmbedding,
      /** The longest call for a question, and for chunks. */
      timeoutMs: env.EMBEDDING_TIMEOUT_MS,
      /** How long a question waits for its vector; undefined to follow what the model usually does. */
      patienceMs: env.EMBEDDING_PATIENCE_MS === 'auto' ? undefined : env.EMBEDDING_PATIENCE_MS,
      ingestTimeoutMs: env.EMBEDDING_INGEST_TIMEOUT_MS,
    },
    /** Rerankers, none by default, and the milliseconds that reranking may take of a question. */
    rerank: { targets: rerank, timeoutMs: Math.min(env.RERANK_TIMEOUT_MS, rerankMaxMs) },
    database: {
      url: env.DATABASE_URL,
      schema: env.DATABASE_SCHEMA,
      dataDir: env.DATA_DIR,
      timeoutMs: env.DATABASE_TIMEOUT_MS,
    },
    redis: { url: env.REDIS_URL, timeoutMs: env.REDIS_TIMEOUT_MS },
    cache: {
      ttlSeconds: env.CACHE_TTL_SECONDS,
      staleSeconds: env.CACHE_STALE_SECONDS,
      /** How long an answer is stored: the longer of its TTL and its stale limit. */
      keepSeconds: Math.max(env.CACHE_TTL_SECONDS, env.CACHE_STALE_SECONDS),
      maxEntries: env.CACHE_MAX_ENTRIES,
    },
    /** Deferred questions: how many at most, 0 for none, and for how long. */
    deferred: { maxWaiting: env.DEFERRED_MAX_WAITING, maxAgeSeconds: env.DEFERRED_MAX_AGE_SECONDS },
    fallback: {
      /** Path of the file with curated answers. */
      curatedAnswersFile: env.CURATED_ANSWERS_FILE,
      /** Share of answered questions for which the ladder's canary runs, 0 to 1. */
      canaryShare: env.LADDER_CANARY_SHARE,
      /**
       * `maxQuestions` per tenant, 0 for none. `minSimilarity`: the cosine from which questions may mean the same, 1 for none.
       * `primary`: similar fresh answers are also given while generation works.
       */
      semanticCache: {
        maxQuestions: env.SEMANTIC_CACHE_MAX_QUESTIONS,
        minSimilarity: env.SEMANTIC_CACHE_MIN_SIMILARITY,
        primary: env.SEMANTIC_CACHE_PRIMARY === 'true',
      },
    },
    guards,
    /** The key of the admin API. Without it the API does not exist. */
    admin: {
      token: env.ADMIN_TOKEN,
      /** Whether the key was made for this machine alone. */
      isLocal: false,
    },
    /** Whether the console's page is served. */
    consoleEnabled: env.CONSOLE_ENABLED === 'true',
    /** Whether operators may rehearse outages; `isSet` when the environment says so, or that they may not. */
    drills: { enabled: env.DRILLS_ENABLED === 'true', isSet: env.DRILLS_ENABLED !== undefined },
    /** Whether to load the bundled documentation into an empty embedded database. True only without any configuration. */
    seedDocs: env.SEED_DOCS === 'true' && OWN_DATA.every((variable) => env[variable] === undefined),
  };
}

/** The configuration of the service. */
export type AppConfig = ReturnType<typeof toAppConfig> & {
  /** One line for each setting that has no effect. */
  unused: string[];
};

/** Injection token of the parsed configuration. */
export const APP_CONFIG = Symbol('APP_CONFIG');

/** The settings of the guard `name`: the defaults with the guard's own values. */
export function guardSettings(config: AppConfig, name: string): GuardSettings {
  return { ...config.guards.defaults, ...config.guards.overrides[name] };
}
