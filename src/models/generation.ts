/** What one side of a conversation said. */
export type Turn = { role: 'user' | 'assistant'; content: string };

/** One message of a chat. */
export type ChatMessage = Turn | { role: 'system'; content: string };

/** How a model is to choose the words of an answer, where the caller says so. */
export interface Sampling {
  /** 0 to 2. */
  temperature?: number | undefined;
  /** 0 to 1. */
  top_p?: number | undefined;
  /** The longest answer in tokens. */
  max_tokens?: number | undefined;
  /** The answer ends before any of these texts. */
  stop?: string[] | undefined;
  seed?: number | undefined;
}

/** A request to a generator: the chat for a model, and its parts for the generator that quotes. */
export interface GenerationRequest {
  question: string;
  /** Best first. */
  passages: { number: number; title: string | null; text: string }[];
  messages: ChatMessage[];
  /** The generator that quotes has no use for it. */
  sampling?: Sampling | undefined;
}

/** The limits and listeners of one generation. */
export interface GenerationOptions {
  signal: AbortSignal;
  /** The longest answer in tokens; the target's own limit when undefined. */
  maxTokens?: number | undefined;
  /** Called with each part of the answer as it arrives. */
  onToken?: ((text: string) => void) | undefined;
  /** Called at each other sign of activity, such as reasoning that is not part of the answer. */
  onActivity?: (() => void) | undefined;
}

/** Why a generation ended with a text: the model had finished, or its limit of tokens cut the text off. */
export const FINISH_REASONS = ['stop', 'length'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** The tokens of a generation, as the service that made it counts them. */
export interface TokenUsage {
  prompt: number;
  completion: number;
}

/** A finished text and the model that wrote it. */
export interface Generation {
  text: string;
  model: string;
  finishReason: FinishReason;
  /** Undefined where the service does not tell. */
  usage?: TokenUsage | undefined;
}

/** Generates text: a remote model or the in-process one. */
export interface Generator {
  generate(request: GenerationRequest, options: GenerationOptions): Promise<Generation>;
}

/** How a call to a target ends. */
export const ATTEMPT_OUTCOMES = [
  'success',
  'failure',
  'timeout',
  'throttled',
  'rejected',
  'ignored',
  'aborted',
] as const;

/** The outcome of one call to a target, as the response shows it. */
export interface GenerationAttempt {
  target: string;
  outcome: (typeof ATTEMPT_OUTCOMES)[number];
  duration_ms: number;
}

/** Why an answer was not generated, as the response shows it. */
export const FALLBACK_REASONS = [
  'circuit_breaker_open',
  'generation_failed',
  'generation_timeout',
  'rate_limited',
  'overloaded',
  'content_refused',
] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];
