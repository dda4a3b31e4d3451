import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { AppConfig, GuardSettings } from './app-config.ts';
import { breakerVariables, variables } from './env.ts';
import { toGuardSettings } from './guard-variables.ts';
import { parseEmbeddingTargets, parseGenerationTargets, TargetFault, type TargetSecrets } from './targets.ts';

/** The faults of the environment, one line each. No line shows a value that may be secret. */
export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

type Env = Record<string, string | undefined>;

const PREFIX = 'CIRCUIT_BREAKER_';
/** The name of every instance on an embedded database, which belongs to one instance whatever host and port that runs on. */
const EMBEDDED_INSTANCE = 'embedded';
const OWN_DATA = ['HF_TOKEN', 'GENERATION_TARGETS', 'EMBEDDING_TARGETS', 'DATABASE_URL', 'REDIS_URL'];

/** The environment of the process, which takes precedence over a file `.env` in the working directory. */
function readEnvironment(): Env {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/**
 * Parses the environment. A variable set to nothing counts as unset.
 * @throws ConfigError with every fault found
 */
export function loadConfig(source: Env = readEnvironment()): AppConfig {
  const env = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const faults: string[] = [];
  const parsed = read(variables, env, '', faults);
  const breaker = read(z.object(breakerVariables), env, PREFIX, faults);

  const secrets: TargetSecrets = { hfToken: parsed.HF_TOKEN, lookup: (variable) => env[variable] };
  const remote = parsed.HF_TOKEN !== undefined;
  const generation = readTargets('GENERATION_TARGETS', faults, () =>
    parseGenerationTargets(
      parsed.GENERATION_TARGETS ?? (remote ? 'hf://auto/openai/gpt-oss-20b' : 'local://extractive'),
      parsed.CIRCUIT_BREAKER_NAME,
      secrets,
    ),
  );
  const embedding = readTargets('EMBEDDING_TARGETS', faults, () =>
    parseEmbeddingTargets(
      parsed.EMBEDDING_TARGETS ?? (remote ? 'hf://hf-inference/BAAI/bge-small-en-v1.5' : 'local://hashing'),
      secrets,
    ),
  );
  // The in-process generator is used even when no target is configured.
  const previous = readTargets('EMBEDDING_PREVIOUS_TARGETS', faults, () =>
    parseEmbeddingTargets(parsed.EMBEDDING_PREVIOUS_TARGETS ?? 'local://hashing', secrets, 'previous'),
  ).filter(({ model }) => model !== embedding[0]?.model);
  const targets = [...generation, ...embedding, ...previous];
  const guardNames = [...targets.map(({ name }) => name), 'postgres', 'redis'];
  const overrides = readOverrides(env, guardNames, faults);
  if (generation.length > 0) checkNames(env, guardNames, faults);
  const [firstGeneration, ...otherGenerations] = generation;
  const [firstEmbedding, ...otherEmbeddings] = embedding;
  if (!firstGeneration || !firstEmbedding || faults.length > 0) throw new ConfigError(faults);

  // A hung model must be found while there is time left to answer otherwise.
  const silenceMs = Math.ceil((parsed.QUERY_DEADLINE_MS * 2) / 3);
  return {
    instanceName: parsed.INSTANCE_NAME ?? nameInstance(parsed),
    http: { host: parsed.HOST, port: parsed.PORT, corsOrigins: parsed.CORS_ORIGINS },
    logLevel: parsed.LOG_LEVEL,
    queryDeadlineMs: parsed.QUERY_DEADLINE_MS,
    probeIntervalMs: parsed.PROBE_INTERVAL_SECONDS * 1_000,
    generation: {
      targets: [firstGeneration, ...otherGenerations],
      firstTokenTimeoutMs: Math.min(parsed.GENERATION_FIRST_TOKEN_TIMEOUT_MS, silenceMs),
      idleTimeoutMs: Math.min(parsed.GENERATION_IDLE_TIMEOUT_MS, silenceMs),
      hedgeAfterMs: parsed.GENERATION_HEDGE_AFTER_MS,
      maxConcurrent: parsed.GENERATION_MAX_CONCURRENT,
      maxQueued: parsed.GENERATION_MAX_QUEUED,
    },
    retry: {
      maxAttempts: parsed.RETRY_MAX_ATTEMPTS,
      baseDelayMs: parsed.RETRY_BASE_DELAY_MS,
      maxDelayMs: parsed.RETRY_MAX_DELAY_MS,
    },
    embedding: {
      targets: [firstEmbedding, ...otherEmbeddings],
      previous,
      timeoutMs: parsed.EMBEDDING_TIMEOUT_MS,
    },
    database: { url: parsed.DATABASE_URL, dataDir: parsed.DATA_DIR, timeoutMs: parsed.DATABASE_TIMEOUT_MS },
    redis: { url: parsed.REDIS_URL, timeoutMs: parsed.REDIS_TIMEOUT_MS },
    cache: {
      ttlSeconds: parsed.CACHE_TTL_SECONDS,
      staleSeconds: parsed.CACHE_STALE_SECONDS,
      keepSeconds: Math.max(parsed.CACHE_TTL_SECONDS, parsed.CACHE_STALE_SECONDS),
      maxEntries: parsed.CACHE_MAX_ENTRIES,
    },
    deferred: { maxWaiting: parsed.DEFERRED_MAX_WAITING, maxAgeSeconds: parsed.DEFERRED_MAX_AGE_SECONDS },
    fallback: {
      canaryShare: parsed.LADDER_CANARY_SHARE,
      curatedAnswersFile: parsed.CURATED_ANSWERS_FILE,
      semanticCache: {
        maxQuestions: parsed.SEMANTIC_CACHE_MAX_QUESTIONS,
        minSimilarity: parsed.SEMANTIC_CACHE_MIN_SIMILARITY,
        primary: parsed.SEMANTIC_CACHE_PRIMARY === 'true',
      },
    },
    guards: { defaults: toGuardSettings(breaker), overrides },
    admin: { token: parsed.ADMIN_TOKEN },
    seedDocs: parsed.SEED_DOCS === 'true' && OWN_DATA.every((variable) => env[variable] === undefined),
  };
}

/** The name by which an instance without INSTANCE_NAME finds its rows again after a restart. */
function nameInstance({ DATABASE_URL: url, PORT: port }: z.infer<typeof variables>): string {
  return url === undefined ? EMBEDDED_INSTANCE : `${hostname()}:${port}`;
}

function read<T extends z.ZodObject>(schema: T, env: Env, prefix: string, faults: string[]): z.infer<T> {
  const values = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, env[prefix + key]]));
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    faults.push(`${prefix}${issue.path.join('.')}: ${issue.message}`);
    // Treated as unset from here on, so that faults of other variables are found too.
    delete values[String(issue.path[0])];
  }
  return schema.parse(values);
}

function readTargets<T>(variable: string, faults: string[], parse: () => T[]): T[] {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TargetFault)) throw error;
    faults.push(`${variable}: ${error.message}`);
    return [];
  }
}

/** Rejects circuit breaker variables that name no guard: they are typing errors. */
function checkNames(env: Env, guards: string[], faults: string[]): void {
  const prefixes = [PREFIX, ...guards.map((guard) => `${PREFIX}${guard.toUpperCase()}_`)];
  const names = prefixes.flatMap((prefix) => Object.keys(breakerVariables).map((key) => prefix + key));
  const known = new Set([...names, `${PREFIX}NAME`]);
  for (const key of Object.keys(env))
    if (key.startsWith(PREFIX) && !known.has(key)) faults.push(`${key}: no such variable or guard`);
}

/** `CIRCUIT_BREAKER_<GUARD>_…` */
function readOverrides(env: Env, guards: string[], faults: string[]) {
  const overrides: Record<string, Partial<GuardSettings>> = {};
  for (const guard of guards) {
    const prefix = `${PREFIX}${guard.toUpperCase()}_`;
    const values = read(z.object(breakerVariables), env, prefix, faults);
    const set = Object.entries(values).filter(([key]) => env[prefix + key] !== undefined);
    if (set.length > 0) overrides[guard] = toGuardSettings(Object.fromEntries(set));
  }
  return overrides;
}
