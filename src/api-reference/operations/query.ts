import type { z } from 'zod';
import type { eventData } from '../../query/answer-stream/answer-event.ts';
import { waitingSchema } from '../../query/deferred/answers.controller.ts';
import { answerResponseSchema } from '../../query/answer/response.ts';
import { passageSchema } from '../../query/passages/passages.ts';
import { querySchema, searchResponseSchema, searchSchema } from '../../query/query.schema.ts';
import { exampleError } from '../errors.ts';
import { streamEventSchema } from '../events.ts';
import { ANSWER_HEADERS, PAGE_HEADERS, STREAM_HEADERS } from '../headers.ts';
import { json, toEventText, type OperationGroup } from '../operation.ts';
import { ANSWER, METADATA, SOURCE } from './examples.ts';

const STREAM_ID = '0b0c9a44-53a7-4f7e-9d0c-4b7f2f7c2f0a';
const ANSWER_ID = '548065bd-5398-4c4f-a26b-be346d76ec3b';
const QUESTION = { query: 'When does a fuse melt?' };
const PASSAGE = { chunk_id: '1', heading: null, text: 'A fuse melts when the current is too high.' };

const events = [
  { event: 'sources', data: { sources: [SOURCE] } satisfies Data<'sources'> },
  { event: 'token', data: { text: 'A fuse melts when ' } satisfies Data<'token'> },
  {
    event: 'reset',
    data: { reason: 'generation_failed', target: 'huggingface_api' } satisfies Data<'reset'>,
  },
  {
    event: 'notice',
    data: {
      notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
      fallback_source: 'excerpts',
      fallback_reason: 'generation_failed_no_cache',
      provisional: true,
    } satisfies Data<'notice'>,
  },
  { event: 'token', data: { text: '- A fuse melts when the current is too high. [1]' } },
  {
    event: 'reset',
    data: { reason: 'model_answered', target: 'backup' } satisfies Data<'reset'>,
  },
  { event: 'token', data: { text: ANSWER.answer } },
  { event: 'done', data: ANSWER },
];
type Data<T extends keyof typeof eventData> = z.infer<(typeof eventData)[T]>;

const toStream = (shown: { event: string; data: unknown }[]) =>
  toEventText(shown.map((event, at) => ({ id: `${STREAM_ID}.${at + 1}`, ...event })));
const stream = toStream(events);
const stopped = [...events.slice(0, 2), { event: 'error', data: exampleError('stopped', 'plain') }];
const eventStream = {
  description: 'The events of the answer',
  headers: STREAM_HEADERS,
  content: { 'text/event-stream': { StreamEvent: streamEventSchema } },
};

/** Questions, their streams and later answers, searches and passages. */
export const query: OperationGroup = {
  name: 'Questions',
  description:
    'Answers from the documents, with citations. While no model answers, the fallback ladder does: the shape and the status are the same, and the metadata says where the answer came from.',
  operations: {
    'POST /query': {
      id: 'query',
      summary: 'Answer a question',
      description:
        'In one response, or with `Accept: text/event-stream` as server-sent events. Every event has an id `<stream>.<number>`, counted from 1. A stream ends with `done` or `error`, and with nothing else. A comment is sent when nothing else was for 10 seconds.',
      headers: ['Cache-Control'],
      body: { schema: querySchema },
      responses: {
        200: {
          description: 'The answer',
          headers: [...ANSWER_HEADERS, ...STREAM_HEADERS],
          content: {
            'application/json': { QueryResponse: answerResponseSchema },
            ...eventStream.content,
          },
        },
      },
      errors: ['service_unavailable'],
      examples: {
        question: { summary: 'A question', body: QUESTION, status: 200, response: ANSWER },
        conversation: {
          summary: 'A question that follows others',
          body: {
            messages: [
              { role: 'user', content: 'When does a fuse melt?' },
              { role: 'assistant', content: 'When the current is too high [1].' },
              { role: 'user', content: 'and how is it replaced?' },
            ],
          },
          status: 200,
          response: {
            ...ANSWER,
            metadata: {
              ...METADATA,
              condensed: { by: 'model', question: 'How is a fuse replaced?' },
            },
          },
        },
        stream: {
          summary: 'A stream',
          parameters: { 'Cache-Control': 'no-cache' },
          body: { ...QUESTION, resumable: true },
          status: 200,
          type: 'text/event-stream',
          response: stream,
        },
        stopped: {
          summary: 'A stream that `DELETE /streams/{id}` stops',
          body: { ...QUESTION, resumable: true },
          status: 200,
          type: 'text/event-stream',
          response: toStream(stopped),
        },
        both: {
          summary: 'A question and a conversation, of which one is enough',
          body: { ...QUESTION, messages: [{ role: 'user', content: 'When?' }] },
          status: 400,
        },
      },
    },
    'GET /streams/{id}': {
      id: 'resumeStream',
      summary: 'Go on with a stream',
      description:
        'Goes on with a resumable stream behind the event that `Last-Event-ID` names, or from its beginning. When its events are gone, `done` is made of the cached answer.',
      path: { id: 'The id of the stream, from `X-Stream-Id`' },
      headers: ['Last-Event-ID'],
      responses: {
        200: eventStream,
        204: { description: 'Nothing follows the event' },
      },
      errors: ['not_found', 'stopped', 'service_unavailable'],
      examples: {
        resume: {
          summary: 'The events behind the first one',
          parameters: { id: STREAM_ID, 'Last-Event-ID': `${STREAM_ID}.1` },
          status: 200,
          type: 'text/event-stream',
          response: stream,
        },
        end: {
          summary: 'Nothing behind the last event',
          parameters: { id: STREAM_ID, 'Last-Event-ID': `${STREAM_ID}.8` },
          status: 204,
        },
        unknown: { summary: 'An unknown stream', parameters: { id: 'unknown' }, status: 404 },
      },
    },
    'DELETE /streams/{id}': {
      id: 'stopStream',
      summary: 'Stop a stream',
      description: 'Ends the stream for all readers, and the call to the model unless others read it.',
      path: { id: 'The id of the stream' },
      responses: { 204: { description: 'The stream is stopped' } },
      errors: ['not_found'],
      examples: {
        stop: { summary: 'A stream that runs', parameters: { id: STREAM_ID }, status: 204 },
      },
    },
    'GET /answers/{id}': {
      id: 'readDeferredAnswer',
      summary: 'Read a deferred answer',
      description: 'The id is that of `metadata.deferred`, for a question with `defer`.',
      path: { id: 'The id of the deferred answer' },
      responses: {
        200: json({ QueryResponse: answerResponseSchema }, 'The answer', ['Age']),
        202: json({ WaitingAnswer: waitingSchema }, 'The question is waiting', ['Retry-After']),
      },
      errors: ['not_found', 'gone', 'service_unavailable'],
      examples: {
        answered: {
          summary: 'A question that was answered',
          parameters: { id: ANSWER_ID },
          status: 200,
          response: ANSWER,
        },
        waiting: {
          summary: 'A question that waits',
          parameters: { id: 'c5e86cf5-35a5-4b76-8a08-29166b491966' },
          status: 202,
          response: { id: 'c5e86cf5-35a5-4b76-8a08-29166b491966', status: 'waiting', retry_after: 33 },
        },
        unknown: { summary: 'An unknown id', parameters: { id: 'unknown' }, status: 404 },
      },
    },
    'POST /search': {
      id: 'search',
      summary: 'Find passages',
      description: 'Retrieval without generation. Needs no language model.',
      body: { schema: searchSchema },
      responses: { 200: json({ SearchResponse: searchResponseSchema }, 'The passages, best first') },
      errors: ['service_unavailable'],
      examples: {
        search: {
          summary: 'A search by words and meaning',
          body: { query: 'When does a fuse melt?', top_k: 3, mode: 'hybrid' },
          status: 200,
          response: {
            retrieval: 'hybrid',
            results: [{ document_id: 'fuses', title: 'Fuses', score: 0.71, ...PASSAGE }],
          },
        },
      },
    },
    'GET /passages/{chunk_id}': {
      id: 'readPassage',
      summary: 'Read a passage in its surroundings',
      description:
        'The passage between the two chunks of its document before and after it, as a page of HTML, or with `Accept: application/json` as JSON.',
      path: { chunk_id: 'The `chunk_id` of a source or a search result' },
      responses: {
        200: {
          description: 'The passage',
          headers: [...PAGE_HEADERS, 'Vary'],
          content: { 'application/json': { Passage: passageSchema }, 'text/html': {} },
        },
      },
      errors: ['not_found', 'service_unavailable'],
      examples: {
        json: {
          summary: 'A passage as JSON',
          parameters: { chunk_id: '1' },
          status: 200,
          response: { ...PASSAGE, document_id: 'fuses', title: 'Fuses', url: null, before: [], after: [] },
        },
        page: {
          summary: 'A passage as a page',
          parameters: { chunk_id: '1' },
          status: 200,
          type: 'text/html',
          response: '<!doctype html>…',
        },
        unknown: { summary: 'An unknown passage', parameters: { chunk_id: '0' }, status: 404 },
      },
    },
  },
};
