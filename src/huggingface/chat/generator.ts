import { chatCompletionStream } from '@huggingface/inference';
import type { GenerationTarget } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { followAbort } from '../../resilience/time/deadline.ts';
import { SharedTurns, workInParts } from '../../resilience/time/own-turn.ts';
import { AttemptTimeoutError } from '../../resilience/guard/errors.ts';
import type { Generation, GenerationOptions, GenerationRequest, Generator } from '../../models/generation.ts';
import { toEventStream } from './event-stream.ts';
import { LearntNeeds, type Needs } from '../../resilience/guard/learnt-needs.ts';
import type { RequestPart } from '../complaint.ts';
import { adaptRequest, tokenLimits, withNeeds } from './adaptation.ts';
import { ChatAnswer } from './chat-answer.ts';
import { atRoute, headersOf, type Endpoint } from '../json-call.ts';
import { buildBody } from './request-body.ts';
import { checkedFetch, type Fetch } from '../checked-fetch.ts';
import { withoutPrivateText } from '../errors.ts';

/** A target reached over the network. */
type RemoteGenerationTarget = Extract<GenerationTarget, { kind: 'hugging_face' | 'openai' }>;

/** What a model is asked. */
type ChatRequest = Pick<GenerationRequest, 'messages' | 'sampling'>;

/** The time limits of a stream in milliseconds: before its first chunk, and between two chunks. */
interface SilenceLimits {
  firstTokenTimeoutMs: number;
  idleTimeoutMs: number;
}

const ROUTER = 'https://router.huggingface.co/v1';
const ROUTE = '/chat/completions';
/**
 * How long the end of the stream, and the chunk of usage before it, may come after the finish reason. Only a stream that is
 * read to its end leaves a connection that can be used again. Raised, answers of servers that keep the stream open come later.
 */
const END_WAIT_MS = 100;

/** Generates answers with Hugging Face's router or any server with OpenAI's chat completions API. */
export class HuggingFaceGenerator implements Generator {
  private readonly fetch: Fetch;
  private readonly endpoint: Endpoint;

  constructor(
    private readonly target: RemoteGenerationTarget,
    private readonly limits: SilenceLimits,
    private readonly clock: Clock,
    fetch: Fetch = globalThis.fetch,
    /** What the service was found to need. */
    private readonly learnt = new LearntNeeds(() => undefined),
  ) {
    this.fetch = checkedFetch(fetch, clock);
    this.endpoint = locate(target);
  }

  /**
   * Streams one answer. The connection is always released.
   * @throws the signal's reason; AttemptTimeoutError when no chunk arrives in time; UpstreamError for an error status;
   *   BadResponseError for an invalid or truncated answer; NoAnswerError for an answer that was refused or has no text; fetch's TypeError when the network fails
   */
  async generate(request: ChatRequest, options: GenerationOptions): Promise<Generation> {
    const { signal, onToken, onActivity } = options;
    signal.throwIfAborted();
    const call = new AbortController();
    const unfollow = followAbort(call, signal);
    const silence = this.watchSilence((error) => call.abort(error));
    const answer = new ChatAnswer();
    const turns = new SharedTurns();
    try {
      for await (const chunk of this.open(request, options.maxTokens, call.signal)) {
        // Chunks that arrive together are processed in few turns, in which an abort event is not delivered.
        await turns.endStep();
        call.signal.throwIfAborted();
        const text = answer.add(chunk);
        // A ping is no sign of life of the model.
        if (text === undefined) continue;
        silence.noteChunk(answer.finished);
        if (text === '') onActivity?.();
        else await workInParts(text, (part) => onToken?.(part));
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // After the finish reason the answer is complete, even if the connection then fails.
      if (!answer.finished) throw call.signal.aborted ? call.signal.reason : withoutPrivateText(error);
    } finally {
      silence.stop();
      unfollow();
      // Closes a connection that is still open.
      call.abort();
    }
    return { ...answer.complete(), model: this.target.model };
  }

  /**
   * Opens the stream. A request that is refused for one of its parts is changed and sent again, within the same time limits.
   * The change is remembered once the service takes the request.
   */
  private async *open(
    { messages, sampling }: ChatRequest,
    maxTokens: number | undefined,
    signal: AbortSignal,
  ) {
    const most = tokenLimits(this.target, this.learnt.current).answerTokens;
    const tokens = Math.min(maxTokens ?? most, sampling?.max_tokens ?? most, most);
    const chosen = { ...sampling };
    const refused = new Set<RequestPart>();
    let change: Needs = {};
    for (;;) {
      const options = withNeeds(this.target, { ...this.learnt.current, ...change });
      let isTaken = false;
      try {
        for await (const chunk of this.stream(buildBody(messages, tokens, options, chosen), signal)) {
          if (!isTaken && Object.keys(change).length > 0) this.learnt.learn(change);
          isTaken = true;
          yield chunk;
        }
        return;
      } catch (error) {
        const next = isTaken ? undefined : adaptRequest(withoutPrivateText(error), options, refused, chosen);
        if (!next || signal.aborted) throw error;
        change = { ...change, ...next };
      }
    }
  }

  private stream(body: ReturnType<typeof buildBody>, signal: AbortSignal) {
    // The library would add `/v1` to most addresses, and sends no header but the key's.
    const { endpoint } = this;
    const fetch: Fetch = async (_, init) =>
      toEventStream(await this.fetch(endpoint.url, { ...init, headers: headersOf(endpoint, init?.headers) }));
    return chatCompletionStream(
      { ...address(this.target), ...body },
      // By default the library retries a 503 without pause and without end.
      { signal, fetch, retry_on_error: false },
    );
  }

  /** Any chunk restarts the limit, also one that only reasons. The last chunk starts the limit of the end, which nothing restarts. */
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

function locate(target: RemoteGenerationTarget): Endpoint {
  return atRoute({ ...target, url: target.kind === 'openai' ? target.url : ROUTER }, ROUTE, `/v1${ROUTE}`);
}

/** What the library wants to know. Both forms make no call to the hub, which would ignore the signal. */
function address(target: RemoteGenerationTarget) {
  const { model } = target;
  if (target.kind === 'openai') return { endpointUrl: target.url, model };
  const routed = target.provider === 'auto' ? model : `${model}:${target.provider}`;
  return { provider: 'auto' as const, model: routed, accessToken: target.apiKey };
}
