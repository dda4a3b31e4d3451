import { chatCompletionStream } from '@huggingface/inference';
import type { GenerationTarget } from '../config/app-config.ts';
import type { Clock } from '../resilience/time/clock.ts';
import { AttemptTimeoutError } from '../resilience/guard/errors.ts';
import type { Generation, GenerationOptions, GenerationRequest, Generator } from '../models/generation.ts';
import { startCall } from './call.ts';
import { ChatAnswer } from './chat-answer.ts';
import { checkedFetch, type Fetch } from './checked-fetch.ts';
import { withoutPrivateText } from './errors.ts';

/** A target that is reached over the network. */
type RemoteGenerationTarget = Extract<GenerationTarget, { kind: 'hugging_face' | 'openai' }>;

/** How long a model may be silent, in milliseconds: before its first chunk, and between two. */
interface SilenceLimits {
  firstTokenTimeoutMs: number;
  idleTimeoutMs: number;
}

/** Room for a thorough answer and for the reasoning before it, which counts too. */
const MAX_TOKENS = 2_048;
/**
 * How long the end of the stream, and the chunk of usage before it, may come after the finish reason. Only a stream that is
 * read to its end leaves a connection that can be used again. Raised, answers of servers that keep the stream open come later.
 */
const END_WAIT_MS = 100;
/** Low, since answers shall keep to the passages. */
const TEMPERATURE = 0.2;

/** Generates answers at Hugging Face's router or any server that speaks OpenAI's chat completions. */
export class HuggingFaceGenerator implements Generator {
  private readonly fetch: Fetch;

  constructor(
    private readonly target: RemoteGenerationTarget,
    private readonly limits: SilenceLimits,
    private readonly clock: Clock,
    fetch: Fetch = globalThis.fetch,
  ) {
    this.fetch = checkedFetch(fetch, clock);
  }

  /**
   * Streams one answer. The connection is released however it ends.
   * @throws the signal's reason; AttemptTimeoutError when the model is silent for too long; UpstreamError for an
   *   error status; BadResponseError for what is no whole answer; fetch's TypeError when the network fails
   */
  async generate(
    request: Pick<GenerationRequest, 'messages'>,
    options: GenerationOptions,
  ): Promise<Generation> {
    const { signal, onToken, onActivity } = options;
    const call = startCall(signal);
    const silence = this.watchSilence((error) => call.abort(error));
    const answer = new ChatAnswer();
    try {
      for await (const chunk of this.open(request, options.maxTokens, call.signal)) {
        // Chunks that came in one piece are handed over without a wait in which the abort would be noticed.
        call.signal.throwIfAborted();
        onActivity?.();
        const text = answer.add(chunk);
        silence.noteChunk(answer.finished);
        if (text !== '') onToken?.(text);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // Whatever happens to the connection after the finish reason, the answer is whole.
      if (!answer.finished) throw call.signal.aborted ? call.signal.reason : withoutPrivateText(error);
    } finally {
      silence.stop();
      call.end();
    }
    return { text: answer.complete(), model: this.target.model };
  }

  private open(
    { messages }: Pick<GenerationRequest, 'messages'>,
    maxTokens: number | undefined,
    signal: AbortSignal,
  ) {
    const most = this.target.maxOutputTokens ?? MAX_TOKENS;
    const max_tokens = Math.min(maxTokens ?? most, most);
    const body = { messages, max_tokens, temperature: TEMPERATURE };
    return chatCompletionStream(
      { ...address(this.target), ...body },
      // Left to itself the library repeats a 503 without pause and without end.
      { signal, fetch: this.fetch, retry_on_error: false },
    );
  }

  /** Any chunk breaks the silence, also one that only reasons. After the last one the end has its time once, whatever comes. */
  private watchSilence(abort: (error: AttemptTimeoutError) => void) {
    const { firstTokenTimeoutMs, idleTimeoutMs } = this.limits;
    const start = (limit: 'first_token' | 'idle', ms: number) =>
      this.clock.setTimer(() => abort(new AttemptTimeoutError(limit)), ms);
    let stop = start('first_token', firstTokenTimeoutMs);
    let isEnding = false;
    return {
      noteChunk(isLast: boolean) {
        if (isEnding) return;
        isEnding = isLast;
        stop();
        stop = start('idle', isLast ? END_WAIT_MS : idleTimeoutMs);
      },
      stop: () => stop(),
    };
  }
}

/** Where the library sends the call: in both forms without asking the hub first, which would ignore the signal. */
function address(target: RemoteGenerationTarget) {
  const { model } = target;
  if (target.kind === 'openai') return { endpointUrl: target.url, model, accessToken: target.apiKey ?? '' };
  const routed = target.provider === 'auto' ? model : `${model}:${target.provider}`;
  return { provider: 'auto' as const, model: routed, accessToken: target.apiKey };
}
