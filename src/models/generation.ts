/** One message of a chat. */
export type ChatMessage = { role: 'system' | 'user'; content: string };

/** What a generator is asked: the chat for a model, and the same in parts for one that quotes. */
export interface GenerationRequest {
  question: string;
  passages: { number: number; title: string | null; text: string }[];
  messages: ChatMessage[];
}

/** How one generation is made. */
export interface GenerationOptions {
  signal: AbortSignal;
  /** The longest answer, in tokens; the target's own limit when left out. */
  maxTokens?: number | undefined;
  /** Called with each piece of the answer as it comes. */
  onToken?: ((text: string) => void) | undefined;
  /** Called with each sign of life, also one that is no piece of the answer (a model that reasons first). */
  onActivity?: (() => void) | undefined;
}

/** A finished text and the model that wrote it. */
export interface Generation {
  text: string;
  model: string;
}

/** Generates text: a remote model or the in-process one. */
export interface Generator {
  generate(request: GenerationRequest, options: GenerationOptions): Promise<Generation>;
}

/** How one target's turn ended, as the response tells it. */
export interface GenerationAttempt {
  target: string;
  outcome: 'success' | 'failure' | 'timeout' | 'throttled' | 'rejected' | 'ignored' | 'aborted';
  duration_ms: number;
}

/** Why an answer was not generated, as the response tells it. */
export type FallbackReason =
  'circuit_breaker_open' | 'generation_failed' | 'generation_timeout' | 'rate_limited' | 'overloaded';
