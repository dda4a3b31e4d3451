import type { EmbeddingApi, EmbeddingTarget } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { Embedder } from '../../models/embedding.ts';
import { checkedFetch, type Fetch } from '../checked-fetch.ts';
import { postJson, type Endpoint } from '../json-call.ts';
import { readVectors } from './vectors.ts';

/** A host reached over the network. */
type RemoteEmbeddingTarget = Unnamed<Extract<EmbeddingTarget, { kind: 'hugging_face' | 'http' }>>;
type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never;

const ROUTER = 'https://router.huggingface.co/hf-inference/models';

/** Embeds texts with Hugging Face, text-embeddings-inference or any server with OpenAI's embeddings API. */
export class HuggingFaceEmbedder implements Embedder {
  readonly model: string;
  private readonly host: Host;
  private readonly fetch: Fetch;

  /** @throws Error for a provider other than hf-inference, the only one that serves every embedding model by name */
  constructor(target: RemoteEmbeddingTarget, clock: Clock, fetch: Fetch = globalThis.fetch) {
    this.model = target.model;
    this.host = locate(target);
    this.fetch = checkedFetch(fetch, clock);
  }

  /**
   * Embeds up to MAX_TEXTS_PER_CALL texts with one call, none for none.
   * @returns one finite vector per text, in their order, all of one length
   * @throws the signal's reason; UpstreamError for an error status; BadResponseError for a wrong answer; fetch's
   *   TypeError when the network fails
   */
  async embed(texts: string[], signal: AbortSignal): Promise<number[][]> {
    if (texts.length === 0) return [];
    const response = await postJson(this.fetch, this.host, this.body(texts), signal);
    return readVectors(this.host.api, response, texts.length);
  }

  private body(texts: string[]): unknown {
    if (this.host.api === 'openai') return { model: this.model, input: texts, encoding_format: 'float' };
    // Without `truncate` a text longer than the model's window is refused. A vector of its beginning is better than none.
    return { inputs: texts, truncate: true };
  }
}

interface Host extends Endpoint {
  api: EmbeddingApi;
}

const pathOf: Record<EmbeddingApi, string> = { hf: '', tei: '/embed', openai: '/embeddings' };

function locate(target: RemoteEmbeddingTarget): Host {
  const { apiKey } = target;
  if (target.kind === 'http') return { url: target.url + pathOf[target.api], api: target.api, apiKey };
  if (target.provider !== 'hf-inference')
    throw new Error(`hf://${target.provider}/${target.model}: embeddings come from hf-inference alone`);
  return { url: `${ROUTER}/${target.model}/pipeline/feature-extraction`, api: 'hf', apiKey };
}
