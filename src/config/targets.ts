import { SENDABLE_KEY } from './env.ts';
import type {
  EmbeddingApi,
  EmbeddingTarget,
  GenerationTarget,
  ModelLimits,
  RerankApi,
  RerankTarget,
} from './app-config.ts';

/** The keys of targets: `HF_TOKEN` and the variables named by `key_env`. */
export interface TargetSecrets {
  hfToken: string | undefined;
  lookup: (variable: string) => string | undefined;
}

/** A target's URL is not valid. The message is one line and contains no secret. */
export class TargetFault extends Error {}

/** Guard names of the first embedding host of the current and the previous model. Further hosts are numbered from 2. */
const EMBEDDING_GUARD = 'embedding_api';
const PREVIOUS_EMBEDDING_GUARD = 'embedding_previous';
/** Guard name of the first reranker without `name=`. Further ones are numbered from 2. */
const RERANK_GUARD = 'rerank_api';
const LOCAL_EMBEDDING_MODEL = 'local-hashing-2';
const EMBEDDING_APIS: readonly string[] = ['hf', 'tei', 'openai'] satisfies EmbeddingApi[];
const RERANK_APIS: readonly string[] = ['tei', 'cohere', 'jina'] satisfies RerankApi[];

/**
 * Parses `GENERATION_TARGETS`: comma-separated URLs in order of preference.
 * @param defaultName the guard name of the first remote target that has no `name=`
 * @throws TargetFault
 */
export function parseGenerationTargets(
  list: string,
  defaultName: string,
  secrets: TargetSecrets,
): [GenerationTarget, ...GenerationTarget[]] {
  let unnamed = 0;
  const remoteName = () => (unnamed++ === 0 ? defaultName : `${defaultName}_${unnamed}`);
  const targets = mapList(list, (text): GenerationTarget => {
    const url = parseUrl(text);
    const parameters = readParameters(url, [
      'name',
      'model',
      'key_env',
      'context_tokens',
      'max_output_tokens',
    ]);
    if (url.protocol === 'local:') {
      if (url.hostname !== 'extractive') throw new TargetFault(`${text}: only local://extractive exists`);
      return { kind: 'local', name: checkName(parameters.get('name') ?? 'local_extractive') };
    }
    const name = checkName(parameters.get('name') ?? remoteName());
    const apiKey = readKey(parameters.get('key_env'), secrets);
    const limits = readLimits(url, parameters);
    if (url.protocol === 'hf:')
      return { kind: 'hugging_face', name, ...readHub(url, apiKey, secrets), ...limits };
    const model = parameters.get('model');
    if (!model) throw new TargetFault(`${show(url)}: needs ?model=`);
    return { kind: 'openai', name, url: endpoint(url), model, apiKey, ...limits };
  });
  refuseSameNames(targets.map(({ name }) => name));
  return targets;
}

/**
 * Parses `EMBEDDING_TARGETS` or `EMBEDDING_PREVIOUS_TARGETS`: hosts of one model.
 * @throws TargetFault
 */
export function parseEmbeddingTargets(
  list: string,
  secrets: TargetSecrets,
  use: 'present' | 'previous' = 'present',
): [EmbeddingTarget, ...EmbeddingTarget[]] {
  const guard = use === 'present' ? EMBEDDING_GUARD : PREVIOUS_EMBEDDING_GUARD;
  const targets = mapList(list, (text, index): EmbeddingTarget => {
    const name = index === 0 ? guard : `${guard}_${index + 1}`;
    const url = parseUrl(text);
    const parameters = readParameters(url, ['api', 'model', 'key_env']);
    if (url.protocol === 'local:') {
      if (url.hostname !== 'hashing') throw new TargetFault(`${text}: only local://hashing exists`);
      return { kind: 'local', name, model: LOCAL_EMBEDDING_MODEL };
    }
    const apiKey = readKey(parameters.get('key_env'), secrets);
    if (url.protocol === 'hf:' && url.hostname !== 'hf-inference')
      throw new TargetFault(`${show(url)}: embeddings come from hf://hf-inference/…`);
    if (url.protocol === 'hf:') return { kind: 'hugging_face', name, ...readHub(url, apiKey, secrets) };
    const api = parameters.get('api');
    const model = parameters.get('model');
    if (!api || !EMBEDDING_APIS.includes(api))
      throw new TargetFault(`${show(url)}: needs ?api=hf, tei or openai`);
    if (!model) throw new TargetFault(`${show(url)}: needs &model=`);
    return { kind: 'http', name, url: endpoint(url), api: api as EmbeddingApi, model, apiKey };
  });
  if (new Set(targets.map((target) => target.model)).size > 1)
    throw new TargetFault('all hosts must serve the same model');
  return targets;
}

/**
 * Parses `RERANK_TARGETS`: comma-separated URLs in order of preference; none when it is undefined.
 * @param taken the names of other targets
 * @throws TargetFault
 */
export function parseRerankTargets(
  list: string | undefined,
  secrets: TargetSecrets,
  taken: string[] = [],
): RerankTarget[] {
  if (list === undefined) return [];
  let unnamed = 0;
  const targets = mapList(list, (text): RerankTarget => {
    const url = parseUrl(text);
    if (!url.protocol.startsWith('http'))
      throw new TargetFault(`${show(url)}: rerankers have http or https URLs`);
    const parameters = readParameters(url, ['api', 'name', 'model', 'key_env']);
    const api = parameters.get('api');
    if (!api || !RERANK_APIS.includes(api))
      throw new TargetFault(`${show(url)}: needs ?api=tei, cohere or jina`);
    const model = parameters.get('model');
    if (!model && api !== 'tei') throw new TargetFault(`${show(url)}: needs &model=`);
    const given = parameters.get('name');
    const name = given ? checkName(given) : `${RERANK_GUARD}${unnamed++ === 0 ? '' : `_${unnamed}`}`;
    const apiKey = readKey(parameters.get('key_env'), secrets);
    return { name, url: endpoint(url), api: api as RerankApi, model, apiKey };
  });
  refuseSameNames([...taken, ...targets.map(({ name }) => name)]);
  return targets;
}

function mapList<T>(list: string, parse: (item: string, index: number) => T): [T, ...T[]] {
  const items = list.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new TargetFault('has an empty entry');
  return items.map(parse) as [T, ...T[]];
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new TargetFault('has an entry that is not a URL');
  const url = new URL(text);
  if (!['hf:', 'http:', 'https:', 'local:'].includes(url.protocol))
    throw new TargetFault(`${show(url)}: the scheme must be hf, http, https or local`);
  if (url.username || url.password)
    throw new TargetFault(`${show(url)}: put no credentials into the URL, name their variable with key_env=`);
  return url;
}

function readParameters(url: URL, known: string[]): Map<string, string> {
  for (const key of url.searchParams.keys())
    if (!known.includes(key)) throw new TargetFault(`${show(url)}: unknown parameter ${key}`);
  return new Map(url.searchParams);
}

function readKey(variable: string | undefined, secrets: TargetSecrets): string | undefined {
  if (variable === undefined) return undefined;
  const key = secrets.lookup(variable);
  if (!key) throw new TargetFault(`key_env names ${variable}, which is not set`);
  if (!SENDABLE_KEY.test(key))
    throw new TargetFault(`${variable} contains characters that are not allowed in an HTTP header`);
  return key;
}

function readHub(url: URL, key: string | undefined, secrets: TargetSecrets) {
  const model = url.pathname.slice(1);
  if (!url.hostname || !model) throw new TargetFault(`${show(url)}: must look like hf://provider/model`);
  const apiKey = key ?? secrets.hfToken;
  if (!apiKey) throw new TargetFault(`${show(url)}: needs HF_TOKEN`);
  return { provider: url.hostname, model, apiKey };
}

/** Upper bound of the answer for a model that declares only its context; a quarter of the context is kept for the answer. */
const USUAL_OUTPUT_TOKENS = 2_048;
const MIN_CONTEXT_TOKENS = 256;

function readLimits(url: URL, parameters: Map<string, string>): ModelLimits {
  const contextTokens = readTokens(url, parameters, 'context_tokens', MIN_CONTEXT_TOKENS);
  const maxOutputTokens = readTokens(url, parameters, 'max_output_tokens', 1);
  if (contextTokens === undefined) return { maxOutputTokens };
  if (maxOutputTokens !== undefined && maxOutputTokens >= contextTokens)
    throw new TargetFault(`${show(url)}: max_output_tokens must be below context_tokens`);
  const usual = Math.min(USUAL_OUTPUT_TOKENS, Math.floor(contextTokens / 4));
  return { contextTokens, maxOutputTokens: maxOutputTokens ?? usual };
}

function readTokens(url: URL, parameters: Map<string, string>, key: string, least: number) {
  const text = parameters.get(key);
  if (text === undefined) return undefined;
  if (!/^\d{1,8}$/.test(text) || Number(text) < least)
    throw new TargetFault(`${show(url)}: ${key} must be a whole number from ${least} to 99999999`);
  return Number(text);
}

/** The URL to call: without failsoft's parameters and without a trailing slash. */
function endpoint(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function show(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function refuseSameNames(names: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new TargetFault(`two targets are named ${twice}; give each a name=`);
}

function checkName(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    throw new TargetFault(`the name ${name} must be lower-case letters, digits and _ (at most 63)`);
  const isTaken = [EMBEDDING_GUARD, PREVIOUS_EMBEDDING_GUARD, RERANK_GUARD].some((guard) =>
    name.startsWith(guard),
  );
  if (['postgres', 'redis'].includes(name) || isTaken) throw new TargetFault(`the name ${name} is taken`);
  return name;
}
