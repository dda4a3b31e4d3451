/** A passage that an answer may cite, as docs/api.md describes it. */
export interface Source {
  number: number;
  document_id: string;
  chunk_id: string;
  title: string | null;
  url: string | null;
  heading: string | null;
  excerpt: string;
  highlights: { start: number; end: number }[];
}

/** The metadata of an answer, as far as the page shows it. */
export interface Metadata {
  from_fallback: boolean;
  fallback_source: string | null;
  fallback_reason: string | null;
  from_cache: boolean;
  cached_at: string | null;
  stale: boolean;
  retrieval: string;
  matched_question: string | null;
  condensed: { question: string; by: string } | null;
  target: string | null;
  model: string | null;
  notice: string | null;
  attempts: { target: string; outcome: string; duration_ms: number }[];
  deferred: Deferral | null;
  request_id: string;
  duration_ms: number;
  /** The guards whose rehearsed outage the answer has met. */
  drill?: string[] | null;
}

/** The whole response of `POST /query`. */
export interface AnswerResponse {
  answer: string;
  sources: Source[];
  metadata: Metadata;
}

/** Where an answer will be. */
export interface Deferral {
  id: string;
  url: string;
}

/** The event before the text of an answer that is less than usual. */
export interface Notice {
  notice: string;
  fallback_source: string | null;
  fallback_reason: string | null;
  provisional: boolean;
}

/** Why the text so far was dropped. */
export interface Restart {
  reason: string;
  target: string;
}

/** Why there is no answer. */
export interface Failure {
  /** A code of the error catalogue; empty when the service was not reached. */
  code: string;
  message: string;
}

/** A message of a conversation, as the API takes it. */
export interface Message {
  role: 'user' | 'assistant';
  content: string;
}
