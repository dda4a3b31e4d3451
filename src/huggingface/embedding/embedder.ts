import type { EmbeddingApi, EmbeddingTarget } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { Embedder } from '../../models/embedding.ts';
import { ExpiringValue } from '../../resilience/time/expiring-value.ts';
import { checkedFetch, type Fetch } from '../checked-fetch.ts';
import { UpstreamError } from '../errors.ts';
import { atRoute, postJson, type Endpoint } from '../json-call.ts';
import { readVectors } from './vectors.ts';

/** A host reached over the network. */
type RemoteEmbeddingTarget = Unnamed<Extract<EmbeddingTarget, { kind: 'hugging_face' | 'http' }>>;
type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never;

const ROUTER = 'https://router.huggingface.co/hf-inference/models';

/**
 * The optional field of each wire format. Without `truncate` a text longer than the model's window is refused, and a vector
 * of its beginning is better than none.
 */
const OPTIONS: Record<EmbeddingApi, object> = {
  hf: { truncate: true },
  tei: { truncate: true },
  openai: { encoding_format: 'float' },
};

/**
 * A host that has taken the optional field within this time, in milliseconds, refuses something else. Raised, a host that
 * is replaced by a stricter one is found out later. Lowered, more refused texts are sent twice.
 */
const TAKEN_MS = 60_000;
/** A host that has refused the optional field gets it again after this time, in milliseconds. Raised, a host that has learnt it since gets it later. */
const REFUSED_MS = 3_600_000;

/** Embeds texts with Hugging Face, text-embeddings-inference or any server with OpenAI's embeddings API. */
export class HuggingFaceEmbedder implements Embedder {
  readonly model: string;
  private readonly host: Host;
  private readonly fetch: Fetch;
  private readonly option: ExpiringValue<'taken' | 'refused'>;

  /** @throws Error for a provider other than hf-inference, the only one that serves every embedding model by name */
  constructor(target: RemoteEmbeddingTarget, clock: Clock, fetch: Fetch = globalThis.fetch) {
    this.model = target.model;
    this.host = locate(target);
    this.fetch = checkedFetch(fetch, clock);
    this.option = new ExpiringValue(clock);
  }

  /**
   * Embeds up to MAX_TEXTS_PER_CALL texts with one call, none for none. A call that is refused is made once more without the
   * optional field, unless the host has taken that lately and does not name it now. A host that then answers gets no such field for an hour.
   * @returns one finite vector per text, in their order, all of one length
   * @throws the signal's reason; UpstreamError for an error status; BadResponseError for a wrong answer; fetch's
   *   TypeError when the network fails
   */
  async embed(texts: string[], signal: AbortSignal): Promise<number[][]> {
    if (texts.length === 0) return [];
    const isSent = this.option.current !== 'refused';
    try {
      const vectors = await this.call(texts, isSent ? OPTIONS[this.host.api] : {}, signal);
      if (isSent) this.option.set('taken', TAKEN_MS);
      return vectors;
    } catch (error) {
      if (this.option.current === 'refused' || !mayMeanOption(error, this.option.current === 'taken'))
        throw error;
      const vectors = await this.call(texts, {}, signal).catch((other: unknown) => {
        throw signal.aborted ? other : error;
      });
      this.option.set('refused', REFUSED_MS);
      return vectors;
    }
  }

  private async call(texts: string[], option: object, signal: AbortSignal): Promise<number[][]> {
    const body = this.host.api === 'openai' ? { model: this.model, input: texts } : { inputs: texts };
    const answer = await postJson(this.fetch, this.host, { ...body, ...option }, signal);
    return readVectors(answer, texts.length);
  }
}

/** Whether the service may have refused the optional field. @param isTaken whether it has taken the field lately */
function mayMeanOption(error: unknown, isTaken: boolean): boolean {
  if (!(error instanceof UpstreamError) || ![400, 422, 500].includes(error.status)) return false;
  const isNamed = error.body.complaint?.parts.some(
    (part) => part === 'truncate' || part === 'encoding_format',
  );
  // Some services fail on a field that they do not know.
  return isNamed === true || (error.status !== 500 && !isTaken);
}

interface Host extends Endpoint {
  api: EmbeddingApi;
}

const pathOf: Record<EmbeddingApi, string> = { hf: '', tei: '/embed', openai: '/embeddings' };

function locate(target: RemoteEmbeddingTarget): Host {
  if (target.kind === 'http') return { ...atRoute(target, pathOf[target.api]), api: target.api };
  if (target.provider !== 'hf-inference')
    throw new Error(`hf://${target.provider}/${target.model}: embeddings come from hf-inference alone`);
  const { apiKey, headers } = target;
  return { url: `${ROUTER}/${target.model}/pipeline/feature-extraction`, api: 'hf', apiKey, headers };
}
