import type {
  EmbeddingApi,
  EmbeddingTarget,
  GenerationTarget,
  RerankApi,
  RerankTarget,
} from './app-config.ts';
import { MODEL_PARAMETERS, TargetFault, TargetUrl, type TargetSecrets } from './target-url.ts';

/** Guard names of the first embedding host of the current and the previous model. Further hosts are numbered from 2. */
const EMBEDDING_GUARD = 'embedding_api';
const PREVIOUS_EMBEDDING_GUARD = 'embedding_previous';
/** Guard name of the first reranker without `name=`. Further ones are numbered from 2. */
const RERANK_GUARD = 'rerank_api';
/** Names that begin so belong to other guards. */
const TAKEN = [EMBEDDING_GUARD, 'embedding_ingest', PREVIOUS_EMBEDDING_GUARD, RERANK_GUARD];
const LOCAL_EMBEDDING_MODEL = 'local-hashing-2';
const EMBEDDING_APIS: readonly string[] = ['hf', 'tei', 'openai'] satisfies EmbeddingApi[];
/** The ends of the addresses of other APIs: of Ollama, text-generation-inference, llama.cpp, Anthropic, and older or newer ones of OpenAI. */
const OTHER_CHAT_API =
  /\/(?:api\/(?:chat|generate)|generate(?:_stream)?|completion|v1\/(?:completions|messages|responses))$/;
const OTHER_EMBEDDING_API = /\/api\/embed(?:dings)?$/;
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
  const known = ['name', 'model', 'key_env', ...MODEL_PARAMETERS];
  const targets = mapList(list, known, secrets, (target): GenerationTarget => {
    const { url } = target;
    if (url.protocol === 'local:') {
      if (url.hostname !== 'extractive') target.addFault('only local://extractive exists');
      return { kind: 'local', name: target.checkName(target.get('name') ?? 'local_extractive', TAKEN) };
    }
    const name = target.checkName(target.get('name') ?? remoteName(), TAKEN);
    const options = { ...target.readModelOptions(), ...target.readCallOptions() };
    if (url.protocol === 'hf:') return { kind: 'hugging_face', name, ...target.readHub(), ...options };
    target.refusePath(OTHER_CHAT_API);
    const model = target.require('model', '?model=');
    const apiKey = target.readApiKey();
    return { kind: 'openai', name, url: target.endpoint, model, apiKey, ...options };
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
  const targets = mapList(list, ['api', 'model', 'key_env'], secrets, (target, index): EmbeddingTarget => {
    const name = index === 0 ? guard : `${guard}_${index + 1}`;
    const { url } = target;
    if (url.protocol === 'local:') {
      if (url.hostname !== 'hashing') target.addFault('only local://hashing exists');
      return { kind: 'local', name, model: LOCAL_EMBEDDING_MODEL };
    }
    const options = target.readCallOptions();
    if (url.protocol === 'hf:') {
      if (url.hostname !== 'hf-inference') target.addFault('embeddings come from hf://hf-inference/…');
      return { kind: 'hugging_face', name, ...target.readHub(), ...options };
    }
    const api = target.get('api') ?? '';
    if (!EMBEDDING_APIS.includes(api)) target.addFault('needs ?api=hf, tei or openai');
    if (api === 'openai') target.refusePath(OTHER_EMBEDDING_API);
    const model = target.require('model', '&model=');
    const apiKey = target.readApiKey();
    return { kind: 'http', name, url: target.endpoint, api: api as EmbeddingApi, model, apiKey, ...options };
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
  const targets = mapList(list, ['api', 'name', 'model', 'key_env'], secrets, (target): RerankTarget => {
    if (!target.isHttp) target.addFault('rerankers have http or https URLs');
    const api = target.get('api') ?? '';
    if (!RERANK_APIS.includes(api)) target.addFault('needs ?api=tei, cohere or jina');
    const model = api === 'tei' ? target.get('model') : target.require('model', '&model=') || undefined;
    const given = target.get('name');
    const name = given
      ? target.checkName(given, TAKEN)
      : `${RERANK_GUARD}${unnamed++ === 0 ? '' : `_${unnamed}`}`;
    const [url, apiKey] = [target.endpoint, target.readApiKey()];
    return { name, url, api: api as RerankApi, model, apiKey, ...target.readCallOptions() };
  });
  refuseSameNames([...taken, ...targets.map(({ name }) => name)]);
  return targets;
}

/** @throws TargetFault with the faults of all entries */
function mapList<T>(
  list: string,
  known: readonly string[],
  secrets: TargetSecrets,
  read: (target: TargetUrl, index: number) => T,
): [T, ...T[]] {
  const items = list.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new TargetFault('has an empty entry');
  const faults: string[] = [];
  const targets = items.flatMap((item, index) => {
    try {
      const url = new TargetUrl(item, known, secrets);
      const target = read(url, index);
      url.finish();
      return [target];
    } catch (error) {
      if (!(error instanceof TargetFault)) throw error;
      faults.push(...error.faults);
      return [];
    }
  });
  if (faults.length > 0) throw new TargetFault(...faults);
  return targets as [T, ...T[]];
}

function refuseSameNames(names: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new TargetFault(`two targets are named ${twice}; give each a name=`);
}
