import type { AnswerMetadata, Source } from '../../query/answer/answer.ts';
import { plainMetadata } from '../../query/answer/answer.ts';

/** The source of the examples' answers. */
export const SOURCE: Source = {
  number: 1,
  document_id: 'fuses',
  chunk_id: '1',
  title: 'Fuses',
  url: null,
  heading: null,
  excerpt: 'A fuse melts when the current is too high.',
  highlights: [
    { start: 2, end: 6 },
    { start: 7, end: 12 },
  ],
  score: 0.71,
};

/** The metadata of the examples' answers. */
export const METADATA: AnswerMetadata & { request_id: string; duration_ms: number } = {
  ...plainMetadata,
  retrieval: 'hybrid',
  chunks_retrieved: 1,
  chunks_used: 1,
  target: 'huggingface_api',
  model: 'llama3.2',
  finish_reason: 'stop',
  attempts: [{ target: 'huggingface_api', outcome: 'success', duration_ms: 209.9 }],
  request_id: '01f1fe90-2789-491a-bfed-92afbc965bac',
  duration_ms: 270.1,
};

/** The answer of the examples. */
export const ANSWER = {
  answer: 'A fuse melts when the current is too high [1].',
  sources: [SOURCE],
  metadata: METADATA,
};
