import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ingestGuardName, toAppConfig, type AppConfig, type GuardSettings } from './app-config.ts';
import { breakerVariables, variables } from './env.ts';
import { findUnusedSettings } from './unused-settings.ts';
import { toGuardSettings } from './guard-variables.ts';
import { parseEmbeddingTargets, parseGenerationTargets, parseRerankTargets } from './targets.ts';
import { TargetFault, type TargetSecrets } from './target-url.ts';

/** The faults of the environment, one line each. No line shows a value that may be secret. */
export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

type Env = Record<string, string | undefined>;

const PREFIX = 'CIRCUIT_BREAKER_';

/** The environment of the process, which takes precedence over a file `.env` in the working directory. */
function readEnvironment(): Env {
  started ??= { ...process.env };
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** The environment before the file `.env` was read. */
let started: Env | undefined;

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
  )?.filter(({ model }) => model !== embedding?.[0].model);
  const rerank = readTargets('RERANK_TARGETS', faults, () =>
    parseRerankTargets(
      parsed.RERANK_TARGETS,
      secrets,
      generation?.map(({ name }) => name),
    ),
  );
  const targets = [...(generation ?? []), ...(embedding ?? []), ...(previous ?? []), ...(rerank ?? [])];
  const ingesting = [...(embedding ?? []), ...(previous ?? [])].map(({ name }) => ingestGuardName(name));
  const guardNames = [...targets.map(({ name }) => name), ...ingesting, 'postgres', 'redis'];
  const overrides = readOverrides(env, guardNames, faults);
  if (generation) checkNames(env, guardNames, faults);
  if (!generation || !embedding || !previous || !rerank || faults.length > 0) throw new ConfigError(faults);
  const models = { generation, embedding, previousEmbedding: previous, rerank };
  const isOffline = targets.every((target) => 'kind' in target && target.kind === 'local');
  const unused = isOffline ? [] : findUnusedSettings(started ?? env, env, process.execArgv);
  return { ...toAppConfig(parsed, models, { defaults: toGuardSettings(breaker), overrides }), unused };
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

function readTargets<T>(variable: string, faults: string[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TargetFault)) throw error;
    faults.push(...error.faults.map((fault) => `${variable}: ${fault}`));
    return undefined;
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
