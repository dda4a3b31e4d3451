import { Body, Controller, HttpCode, Inject, Post, type StreamableFile } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../http/app-error.ts';
import { CallerSignal } from '../http/requests/caller-signal.ts';
import { streamPieces } from '../http/streams/json-stream.ts';
import { serviceUnavailable } from '../http/service-unavailable.ts';
import { MAX_TEXTS_PER_CALL } from '../models/embedding.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { isCallerGone, startDeadline } from '../resilience/time/deadline.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { decodeTokens } from '../text/token-ids.ts';
import { countTokens } from '../text/tokens.ts';
import { embeddingsSchema, inputText, type EmbeddingsBody } from './embeddings.schema.ts';
import { MODELS } from './models.ts';

const UNAVAILABLE = 'The embedding service is temporarily unavailable. Please try again shortly.';

/** `POST /v1/embeddings`: vectors of the embedding model, as it makes them of questions. */
@Controller('v1/embeddings')
export class EmbeddingsController {
  /** The hosts of the configured model, also while the one before it still serves searches. */
  private readonly targets: EmbeddingTargets;

  constructor(
    serving: ServingModel,
    private readonly guards: GuardRegistry,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.targets = serving.own;
  }

  @Post()
  @HttpCode(200)
  async create(
    @Body({ schema: embeddingsSchema }) { model, input, encoding_format }: EmbeddingsBody,
    @CallerSignal() caller: AbortSignal,
  ): Promise<StreamableFile> {
    if (!MODELS.includes(model) && model !== this.targets.model) throw new AppError('model_not_found');
    const texts = await Promise.all(input.map(toText));
    const vectors = await this.embed(texts, caller);
    const encode = encoding_format === 'base64' ? toBase64 : (vector: number[]) => vector;
    return streamPieces(
      writeList(this.targets.model, texts, vectors, encode),
      'application/json; charset=utf-8',
    );
  }

  private async embed(texts: string[], caller: AbortSignal): Promise<number[][]> {
    using deadline = startDeadline(this.clock, this.config.queryDeadlineMs, caller);
    const vectors: number[][] = [];
    try {
      for (let at = 0; at < texts.length; at += MAX_TEXTS_PER_CALL)
        vectors.push(
          ...(await this.targets.embed(texts.slice(at, at + MAX_TEXTS_PER_CALL), deadline.signal)),
        );
    } catch (error) {
      if (isCallerGone(deadline.signal)) throw error;
      if (this.targets.isRefusalOfText(error)) throw invalidInput('the embedding service refuses it');
      throw serviceUnavailable(this.guards, error, UNAVAILABLE);
    }
    return vectors;
  }
}

/** @throws AppError `invalid_request` */
async function toText(input: string | number[]): Promise<string> {
  if (typeof input === 'string') return input;
  const decoded = inputText.safeParse(await decodeTokens(input));
  if (!decoded.success)
    throw invalidInput('the token ids must stand for a text in the vocabulary cl100k_base');
  return decoded.data;
}

function invalidInput(message: string): AppError {
  return new AppError('invalid_request', { details: [{ path: 'input', message }] });
}

/** The response in pieces, one for each vector: all vectors at once would stop other requests. */
function* writeList(
  model: string,
  texts: string[],
  vectors: number[][],
  encode: (vector: number[]) => number[] | string,
): Generator<string> {
  let tokens = 0;
  yield '{"object":"list","data":[';
  for (const [index, vector] of vectors.entries()) {
    tokens += countTokens(texts[index] ?? '');
    const row = JSON.stringify({ object: 'embedding', index, embedding: encode(vector) });
    yield `${index === 0 ? '' : ','}${row}`;
  }
  yield `],${JSON.stringify({ model, usage: { prompt_tokens: tokens, total_tokens: tokens } }).slice(1)}`;
}

/** Little-endian four-byte floats. */
function toBase64(vector: number[]): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}
