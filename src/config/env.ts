import { isIP } from 'node:net';
import { z } from 'zod';
import { DatabaseUrlFault, parseDatabaseUrl } from './database-url.ts';

/** A whole number between two bounds, as the text of a variable. */
function whole(min: number, max: number, fallback: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .default(fallback);
}

/** A share from 0 to 1, as the text of a variable. */
function share(fallback: number) {
  return z
    .string()
    .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(fallback);
}

function choice<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return z.enum(values, `must be one of ${values.join(', ')}`).default(fallback as never);
}

function url(protocols: string[]) {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )
    .optional();
}

function isPlainBase(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
}

const NAMED_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** An address, a network in CIDR notation, or the name of private networks. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0) return NAMED_NETWORKS.has(text);
  return (
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}

function checkDatabaseUrl(text: string, context: z.RefinementCtx): void {
  try {
    parseDatabaseUrl(text);
  } catch (error) {
    if (!(error instanceof DatabaseUrlFault)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
}

/** The schema of everything that is created in the database. */
export const DEFAULT_SCHEMA = 'failsoft';

/** Characters allowed in an HTTP header. Any other makes every call fail with an error that contains the key. */
export const SENDABLE_KEY = /^[\x21-\x7e]+$/;

/** A header as `Name: value`: its name and its value. */
export const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/;

const key = z.string().regex(SENDABLE_KEY, 'contains characters that are not allowed in an HTTP header');

const DAY_SECONDS = 86_400;
/** The highest EXCERPT_MAX_CHARS. Longer excerpts would be whole passages. */
export const MAX_EXCERPT_CHARS = 2_000;
const HOUR_MS = 3_600_000;

/** The names of the trip strategies. `resilience/circuit/trip-strategies.ts` implements each. */
export const TRIP_STRATEGIES = ['consecutive', 'rate', 'count'] as const;

/** The circuit breaker's variables without their prefix. Each can also be set for one guard. */
export const breakerVariables = {
  ENABLED: choice(['true', 'false', 'observe'], 'true'),
  FAIL_THRESHOLD: whole(1, 10_000, 5),
  TIMEOUT_SECONDS: whole(1, 300, 30),
  RESET_TIMEOUT: whole(1, DAY_SECONDS, 60),
  STRATEGY: choice(TRIP_STRATEGIES, 'consecutive'),
  SUCCESS_THRESHOLD: whole(1, 1_000, 2),
  HALF_OPEN_MAX_CALLS: whole(1, 1_000, 3),
};

const patience = z
  .union([z.literal('auto'), whole(10, HOUR_MS, 10)], "must be a whole number of milliseconds or 'auto'")
  .default('auto');

/** All other variables with type, bounds and default. */
export const variables = z.object({
  PORT: whole(0, 65_535, 3000),
  HOST: z.string().default('127.0.0.1'),
  INSTANCE_NAME: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be letters, digits, _ . : and -, at most 100')
    .optional(),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      'must be origins such as https://app.example.com, comma-separated',
    )
    .default([]),
  PUBLIC_URL: url(['http:', 'https:']).refine(
    (text) => text === undefined || isPlainBase(text),
    'must have no user, password, query or fragment, such as https://example.com/rag',
  ),
  TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine(
      (addresses) => addresses.every(isNetwork),
      'must be addresses or networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, comma-separated',
    )
    .default([]),
  CLIENT_HEADERS: z
    .string()
    .transform((text) => text.split('\n').filter((line) => line.trim() !== ''))
    .refine(
      (lines) => lines.every((line) => HEADER_LINE.test(line)),
      "must be one header 'Name: value' a line, in printable ASCII",
    )
    .default([]),
  HF_TOKEN: key.optional(),
  GENERATION_TARGETS: z.string().optional(),
  EMBEDDING_TARGETS: z.string().optional(),
  EMBEDDING_PREVIOUS_TARGETS: z.string().optional(),
  RERANK_TARGETS: z.string().optional(),
  DATABASE_URL: z.string().superRefine(checkDatabaseUrl).optional(),
  DATABASE_SCHEMA: z
    .string()
    .regex(
      /^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,62}$/,
      'must be lower-case letters, digits and _, at most 63, not pg_… or information_schema',
    )
    .default(DEFAULT_SCHEMA),
  DATA_DIR: z.string().default('./data'),
  REDIS_URL: url(['redis:', 'rediss:']),
  CIRCUIT_BREAKER_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be lower-case letters, digits and _')
    .default('huggingface_api'),
  QUERY_DEADLINE_MS: whole(100, HOUR_MS, 30_000),
  GENERATION_FIRST_TOKEN_TIMEOUT_MS: whole(10, HOUR_MS, 10_000),
  GENERATION_IDLE_TIMEOUT_MS: whole(10, HOUR_MS, 10_000),
  PROBE_INTERVAL_SECONDS: whole(0, HOUR_MS / 1_000, 10),
  GENERATION_HEDGE_AFTER_MS: whole(10, HOUR_MS, 1_200),
  GENERATION_PATIENCE_MS: patience,
  GENERATION_MAX_CONCURRENT: whole(1, 10_000, 64),
  GENERATION_MAX_QUEUED: whole(0, 100_000, 128),
  RETRY_MAX_ATTEMPTS: whole(1, 100, 3),
  RETRY_BASE_DELAY_MS: whole(1, HOUR_MS, 100),
  RETRY_AFTER_MAX_WAIT_MS: whole(0, HOUR_MS, 1_000),
  RETRY_MAX_DELAY_MS: whole(1, HOUR_MS, 10_000),
  EMBEDDING_TIMEOUT_MS: whole(10, HOUR_MS, 3_000),
  EMBEDDING_PATIENCE_MS: patience,
  EMBEDDING_INGEST_TIMEOUT_MS: whole(10, HOUR_MS, 15_000),
  RERANK_TIMEOUT_MS: whole(10, HOUR_MS, 400),
  DATABASE_TIMEOUT_MS: whole(10, HOUR_MS, 2_000),
  REDIS_TIMEOUT_MS: whole(1, HOUR_MS, 100),
  CACHE_TTL_SECONDS: whole(0, 365 * DAY_SECONDS, 3_600),
  STREAM_RESUME_SECONDS: whole(1, 3_600, 120),
  CACHE_STALE_SECONDS: whole(0, 365 * DAY_SECONDS, 7 * DAY_SECONDS),
  CACHE_MAX_ENTRIES: whole(1, 10_000_000, 10_000),
  DEFERRED_MAX_WAITING: whole(0, 100_000, 1_000),
  DEFERRED_MAX_AGE_SECONDS: whole(60, 30 * DAY_SECONDS, DAY_SECONDS),
  LADDER_CANARY_SHARE: share(0.01),
  SEMANTIC_CACHE_MAX_QUESTIONS: whole(0, 1_000_000, 10_000),
  SEMANTIC_CACHE_MIN_SIMILARITY: share(0.95),
  SEMANTIC_CACHE_PRIMARY: choice(['true', 'false'], 'false'),
  CURATED_ANSWERS_FILE: z.string().optional(),
  EXCERPT_MAX_CHARS: whole(100, MAX_EXCERPT_CHARS, 300),
  DRILLS_ENABLED: z.enum(['true', 'false'], 'must be one of true, false').optional(),
  ADMIN_TOKEN: key.min(16, 'must have at least 16 characters').optional(),
  CONSOLE_ENABLED: choice(['true', 'false'], 'true'),
  SEED_DOCS: choice(['true', 'false'], 'true'),
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
});
